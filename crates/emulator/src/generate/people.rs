//! Users, groups, who belongs where, and the roles that follow.

use std::borrow::Cow;

use super::calendar::DAY;
use super::dice::Stream;
use super::row::Row;
use super::source::{Source, Storage, numbered};
use super::world::World;

const ADMIN: Cow<'static, str> = Cow::Borrowed("admin");
/// Users who report to one manager.
const SPAN: u64 = 12;
/// When the company was set up in the instance: people join within the year before the data begins.
const JOINED_BEFORE: i64 = 4 * 365 * DAY;

pub(super) fn storages(world: &World) -> Vec<Storage<'_>> {
    let itil = world.demo.id("sys_user_role", "itil").unwrap_or_default();
    let roles = Roles { world, stream: Stream::new(world.seed, "sys_user_has_role"), itil };
    let group_roles = GroupRoles { world, stream: Stream::new(world.seed, "sys_group_has_role"), itil };
    let members = Members { world, stream: Stream::new(world.seed, "sys_user_grmember") };
    vec![
        Storage { name: "sys_user", sources: vec![Box::new(Users(world))] },
        Storage { name: "sys_user_group", sources: vec![Box::new(Groups(world))] },
        Storage { name: "sys_user_grmember", sources: vec![Box::new(members)] },
        Storage { name: "sys_user_has_role", sources: vec![Box::new(roles)] },
        Storage { name: "sys_group_has_role", sources: vec![Box::new(group_roles)] },
    ]
}

struct Users<'a>(&'a World);

impl Source for Users<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.0.counts.users)
    }

    fn id(&self, index: u64) -> u128 {
        self.0.users.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        const TITLES: [&str; 8] = [
            "Analyst",
            "Engineer",
            "Consultant",
            "Coordinator",
            "Specialist",
            "Account Manager",
            "Controller",
            "Assistant",
        ];
        let world = self.0;
        let person = world.person(index);
        let (first, last) = world.name(index);
        let mut dice = world.users.dice(index);
        let dice = &mut dice;
        let agent = index < world.counts.agents;
        row.text("email", format!("{}@example.com", person.user_name));
        row.set("user_name", super::row::Cell::Text(person.user_name));
        row.text("name", format!("{first} {last}"));
        row.word("first_name", first);
        row.word("last_name", last);
        row.text("employee_number", format!("E{:06}", index + 1));
        row.text("phone", format!("+1 555 {:03} {:04}", 200 + index / 10_000, index % 10_000));
        row.word("title", if agent { "Support Agent" } else { dice.pick::<&str>(&TITLES) });
        row.id("department", *dice.pick(&world.departments));
        row.id("company", person.company);
        row.id("location", person.site);
        if index > 0 {
            row.id("manager", world.users.id(index / SPAN));
        }
        row.flag("active", agent || dice.chance(97));
        row.flag("vip", dice.chance(1));
        for flag in [
            "locked_out",
            "web_service_access_only",
            "internal_integration_user",
            "password_needs_reset",
            "enable_multifactor_authn",
        ] {
            row.flag(flag, false);
        }
        row.number("failed_attempts", 0);
        row.number("notification", 2);
        row.number("calendar_integration", 1);
        row.word("preferred_language", "en");
        let login = world.now - dice.up_to(90 * DAY);
        row.time("last_login_time", login);
        row.date("last_login", login);
        row.domain();
        let joined = world.now - JOINED_BEFORE + dice.up_to(365 * DAY);
        row.stamps(joined, ADMIN, joined.max(login), Cow::Borrowed("system"), dice.up_to(30));
    }
}

/// The generated support groups; the first five numbers are the demo groups.
struct Groups<'a>(&'a World);

impl Source for Groups<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        let all = self.0.group_count();
        Box::new(all - self.0.counts.groups..all)
    }

    fn id(&self, index: u64) -> u128 {
        self.0.group_id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        const TRADES: [&str; 5] = [
            "Service Desk",
            "Application Support",
            "Field Services",
            "Network Operations",
            "Database Services",
        ];
        let world = self.0;
        let trade = TRADES[usize::try_from(index % 5).expect("a remainder of five")];
        let round = index / 5 - 1;
        let sites = &world.words.sites;
        let city = sites[usize::try_from(round % sites.len() as u64).expect("an index of a list")].city;
        let again = round / sites.len() as u64;
        let suffix = if again > 0 { format!(" {}", again + 1) } else { String::new() };
        row.text("name", format!("{trade} {city}{suffix}"));
        row.text("description", format!("{trade} for {city} and around"));
        row.id("manager", world.users.id(world.member(index, 0)));
        row.flag("active", true);
        row.flag("exclude_manager", false);
        row.flag("include_members", false);
        row.domain();
        row.stamp(world.now - JOINED_BEFORE, ADMIN);
    }
}

/// Agent → group; a row's number is the agent's.
struct Members<'a> {
    world: &'a World,
    stream: Stream,
}

impl Source for Members<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.world.counts.agents)
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        row.id("user", self.world.users.id(index));
        row.id("group", self.world.group_id(index % self.world.group_count()));
        row.stamp(self.world.now - JOINED_BEFORE + 365 * DAY, ADMIN);
    }
}

/// Agents hold `itil` through their group.
struct Roles<'a> {
    world: &'a World,
    stream: Stream,
    itil: u128,
}

impl Source for Roles<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.world.counts.agents)
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        row.id("user", self.world.users.id(index));
        row.id("role", self.itil);
        row.flag("inherited", true);
        row.id("granted_by", self.world.group_id(index % self.world.group_count()));
        row.number("inh_count", 1);
        row.word("state", "active");
        row.stamp(self.world.now - JOINED_BEFORE + 365 * DAY, Cow::Borrowed("system"));
    }
}

/// Every generated group holds `itil`.
struct GroupRoles<'a> {
    world: &'a World,
    stream: Stream,
    itil: u128,
}

impl Source for GroupRoles<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        let all = self.world.group_count();
        Box::new(all - self.world.counts.groups..all)
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        row.id("group", self.world.group_id(index));
        row.id("role", self.itil);
        row.flag("inherits", true);
        row.stamp(self.world.now - JOINED_BEFORE, ADMIN);
    }
}
