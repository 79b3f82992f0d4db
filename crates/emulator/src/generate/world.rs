//! What the rows share: who works where, which groups serve what, and the runs of numbered work.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::schema::Schema;

use super::Error;
use super::demo::Demo;
use super::dice::{Dice, Stream};
use super::plan::{Counts, Plan};
use super::series::Series;
use super::words::Words;

/// The groups that take incidents, in the order of [`SPECIALTIES`].
const SUPPORT: [&str; 5] = ["Service Desk", "Software", "Hardware", "Network", "Database"];
/// The category that each support group serves.
pub(super) const SPECIALTIES: [&str; 5] = ["inquiry", "software", "hardware", "network", "database"];
const SUBSIDIARIES: [&str; 4] =
    ["ACME North America", "ACME South America", "ACME EMEA", "ACME Asia Pacific"];

/// Someone who does things.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: u128,
    pub(super) user_name: Cow<'static, str>,
    pub(super) site: u128,
    pub(super) company: u128,
}

/// The demo series and the generated one of a kind of work.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) demo: Series,
    pub(super) generated: Series,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) now: i64,
    pub(super) counts: Counts,
    pub(super) words: Words,
    pub(super) demo: Demo,
    pub(super) users: Stream,
    pub(super) groups: Stream,
    pub(super) cis: Stream,
    pub(super) incidents: Work,
    pub(super) problems: Work,
    pub(super) changes: Work,
    pub(super) requests: Work,
    pub(super) sites: Vec<u128>,
    pub(super) companies: Vec<u128>,
    pub(super) departments: Vec<u128>,
    pub(super) services: Vec<u128>,
    pub(super) catalog_items: Vec<(String, u128)>,
    pub(super) class_paths: HashMap<String, String>,
    /// Demo people, and the support groups with those among them who belong to each.
    people: Vec<Person>,
    support: Vec<(u128, Vec<Person>)>,
}

impl World {
    pub(super) fn new(plan: &Plan, schema: &Schema) -> Result<World, Error> {
        let words = Words::load();
        let demo = Demo::load(schema, &words, plan.records > 0)?;
        let counts = Counts::of(plan.records);
        let now = plan.latest();
        let work = |table: &str, prefix, demo, generated| Work {
            demo: Series::demo(table, prefix, demo),
            generated: Series::generated(table, prefix, generated, plan.seed, now),
        };
        let sites =
            words.sites.iter().map(|site| demo.id("cmn_location", site.name)).collect::<Result<_, _>>()?;
        let companies =
            SUBSIDIARIES.iter().map(|name| demo.id("core_company", name)).collect::<Result<_, _>>()?;
        let mut world = World {
            seed: plan.seed,
            now,
            counts,
            users: Stream::new(plan.seed, "sys_user"),
            groups: Stream::new(plan.seed, "sys_user_group"),
            cis: Stream::new(plan.seed, "cmdb_ci"),
            incidents: work("incident", "INC", counts.demo_incidents, counts.incidents),
            problems: work("problem", "PRB", 12, counts.problems),
            changes: work("change_request", "CHG", 20, counts.changes),
            requests: work("sc_request", "REQ", 10, counts.requests),
            sites,
            companies,
            departments: demo.of("cmn_department").into_iter().map(|(_, id)| id).collect(),
            services: demo.of("cmdb_ci_service").into_iter().map(|(_, id)| id).collect(),
            catalog_items: demo.of("sc_cat_item"),
            class_paths: class_paths(schema),
            people: Vec::new(),
            support: Vec::new(),
            words,
            demo,
        };
        world.meet_the_people()?;
        Ok(world)
    }

    fn meet_the_people(&mut self) -> Result<(), Error> {
        // Machines have no dot in their names and open nothing.
        let named =
            self.demo.of("sys_user").into_iter().filter(|(name, _)| name.contains('.') && !machine(name));
        let person = |(user_name, id): (String, u128)| Person {
            id,
            user_name: user_name.into(),
            site: self.sites[0],
            company: self.companies[0],
        };
        self.people = named.map(person).collect();
        for group in SUPPORT {
            let members = self.demo.of("sys_user_grmember").into_iter().filter_map(|(key, _)| {
                let (of, user) = key.split_once('/')?;
                Some(user.to_owned()).filter(|_| of == group)
            });
            let members = members.map(|user| Ok(person((user.clone(), self.demo.id("sys_user", &user)?))));
            let members = members.collect::<Result<Vec<_>, Error>>()?;
            self.support.push((self.demo.id("sys_user_group", group)?, members));
        }
        Ok(())
    }

    /// Generated user `index`.
    pub(super) fn person(&self, index: u64) -> Person {
        let place = self.users.hash(index);
        Person {
            id: self.users.id(index),
            user_name: self.user_name(index).into(),
            site: *pick(&self.sites, place),
            company: *pick(&self.companies, place >> 32),
        }
    }

    /// First and last name; every pair is used once before one is used again.
    pub(super) fn name(&self, index: u64) -> (&'static str, &'static str) {
        let (first, last) = (&self.words.first, &self.words.last);
        // A step that shares no factor with the number of pairs visits all of them.
        let pairs = (first.len() * last.len()) as u64;
        let step = (7_919..)
            .find(|step| coprime(*step, pairs))
            .expect("a prime beyond the number of pairs would do");
        let at = index % pairs * step % pairs;
        (*pick(first, at % first.len() as u64), *pick(last, at / first.len() as u64))
    }

    fn user_name(&self, index: u64) -> String {
        let (first, last) = self.name(index);
        let again = index / (self.words.first.len() * self.words.last.len()) as u64;
        let mut name = format!("{first}.{last}").to_lowercase();
        if again > 0 {
            name.push_str(&(again + 1).to_string());
        }
        name
    }

    /// Anyone who may need help.
    pub(super) fn caller(&self, demo: bool, dice: &mut Dice) -> Person {
        if demo { dice.pick(&self.people).clone() } else { self.person(dice.below(self.counts.users)) }
    }

    /// Support groups: the five demo groups, then the generated ones.
    pub(super) fn group_count(&self) -> u64 {
        SUPPORT.len() as u64 + self.counts.groups
    }

    pub(super) fn group_id(&self, group: u64) -> u128 {
        let demo = usize::try_from(group).ok().and_then(|at| self.support.get(at));
        demo.map_or_else(|| self.groups.id(group), |(id, _)| *id)
    }

    /// A group that serves a category, and one of its members.
    pub(super) fn support(&self, category: &str, demo: bool, dice: &mut Dice) -> (u128, Person) {
        let specialty = SPECIALTIES.iter().position(|one| *one == category).unwrap_or(0);
        if demo {
            let (group, members) = &self.support[specialty];
            return (*group, dice.pick(members).clone());
        }
        let of_specialty = self.group_count() / SUPPORT.len() as u64;
        let group = specialty as u64 + dice.below(of_specialty) * SUPPORT.len() as u64;
        let member = dice.below(self.member_count(group));
        (self.group_id(group), self.person(self.member(group, member)))
    }

    /// Agents of a group: every agent belongs to one.
    pub(super) fn member_count(&self, group: u64) -> u64 {
        (self.counts.agents - group).div_ceil(self.group_count())
    }

    /// The user number of a group's member.
    pub(super) fn member(&self, group: u64, member: u64) -> u64 {
        group + member * self.group_count()
    }

    /// The name of a server, for texts.
    pub(super) fn server_name(&self, dice: &mut Dice) -> String {
        super::estate::name(dice.below(self.counts.cis) / 20 * 20)
    }
}

fn machine(user_name: &str) -> bool {
    ["soap.guest", "mid.server", "monitoring.integration"].contains(&user_name)
}

fn pick<T>(list: &[T], hash: u64) -> &T {
    &list[usize::try_from(hash % list.len() as u64).expect("an index of a slice")]
}

fn coprime(a: u64, b: u64) -> bool {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// `sys_class_path` of every class of the configuration database: two characters a level.
fn class_paths(schema: &Schema) -> HashMap<String, String> {
    const LETTERS: &[u8] = b"!#$(*+-0123456789=@ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut paths = HashMap::new();
    let Some(root) = schema.table("cmdb") else { return paths };
    paths.insert(root.name.clone(), "/!!".to_owned());
    let mut open = vec![root.name.clone()];
    while let Some(parent) = open.pop() {
        let children = schema.tables.values().filter(|table| table.super_class.as_ref() == Some(&parent));
        for (at, child) in children.enumerate() {
            let letter = char::from(LETTERS[at % LETTERS.len()]);
            paths.insert(child.name.clone(), format!("{}/!{letter}", paths[&parent]));
            open.push(child.name.clone());
        }
    }
    paths
}
