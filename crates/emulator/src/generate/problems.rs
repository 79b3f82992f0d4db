//! Problems: the causes behind incidents.

use super::calendar::{DAY, arrival};
use super::dice::Dice;
use super::incidents::has_problem;
use super::row::Row;
use super::series::Series;
use super::source::{Source, numbered};
use super::task;
use super::world::{SPECIALTIES, World};

pub(super) fn sources(world: &World) -> Vec<Box<dyn Source + '_>> {
    let series = [&world.problems.demo, &world.problems.generated];
    series.into_iter().map(|series| Box::new(Problems { world, series }) as Box<dyn Source>).collect()
}

struct Problems<'a> {
    world: &'a World,
    series: &'a Series,
}

impl Source for Problems<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let (world, series) = (self.world, self.series);
        let mut dice = series.stream.dice(index);
        let opened = arrival(index, series.count, series.from, series.to, &mut dice);
        let category = SPECIALTIES[dice.weighted(&[(30, 1), (25, 2), (30, 3), (15, 4)])];
        let (group, owner) = world.support(category, series.demo, &mut dice);
        let (impact, urgency) = task::impact_and_urgency(&mut dice);
        task::base(row, "problem", series, index);
        task::grade(row, impact, urgency);
        row.time("opened_at", opened);
        row.id("opened_by", owner.id);
        row.id("assigned_to", owner.id);
        row.id("assignment_group", group);
        row.id("company", owner.company);
        row.word("category", category);
        let server = world.server_name(&mut dice);
        let short = world.words.expand(world.words.any("problem", &mut dice), &server, &mut dice);
        row.text("description", format!("{short}. Several incidents point to one cause."));
        row.text("short_description", short);
        row.number("related_incidents", self.related(index));
        row.flag("major_problem", dice.chance(5));
        let updated = self.progress(opened, owner.id, row, &mut dice);
        let mods = 1 + dice.up_to(12);
        row.stamps(opened, owner.user_name.clone(), updated, owner.user_name, mods);
    }
}

impl Problems<'_> {
    /// Incidents that were traced back to this problem.
    fn related(&self, index: u64) -> i64 {
        let incidents = &self.world.incidents.generated;
        if self.series.demo || incidents.count == 0 {
            return 0;
        }
        // The incidents whose place beside the problems is this one lie around its own place beside them.
        let around = u128::from(index) * u128::from(incidents.count) / u128::from(self.series.count);
        let around = u64::try_from(around).expect("it is below the count");
        let reach = incidents.count / self.series.count + 2;
        let near = around.saturating_sub(1)..(around + reach).min(incidents.count);
        let related = near
            .filter(|at| self.series.beside(*at, incidents) == Some(index) && has_problem(incidents, *at));
        i64::try_from(related.count()).expect("a few incidents")
    }

    /// How far the analysis came; answers with the last change.
    fn progress(&self, opened: i64, owner: u128, row: &mut Row, dice: &mut Dice) -> i64 {
        let words = &self.world.words;
        let end = opened + dice.spread(20 * DAY);
        let done = end <= self.series.to && !(self.series.demo && dice.chance(40));
        let state = if done {
            dice.weighted(&[(30, 106), (70, 107)])
        } else {
            dice.weighted(&[(20, 101), (30, 102), (30, 103), (20, 104)])
        };
        row.number("state", state);
        row.number("problem_state", state);
        row.flag("active", state < 107);
        row.flag("known_error", state > 103 && dice.chance(60));
        if state > 102 {
            row.word("cause_notes", words.any("cause", dice));
            row.word("workaround", words.any("fix", dice));
            row.time("confirmed_at", opened);
            row.id("confirmed_by", owner);
        }
        if !done {
            return (opened + dice.up_to(20 * DAY)).min(self.series.to);
        }
        row.word("fix_notes", words.any("fix", dice));
        row.word(
            "resolution_code",
            dice.weighted(&[(70, "fix_applied"), (15, "risk_accepted"), (8, "duplicate"), (7, "canceled")]),
        );
        row.time("resolved_at", end);
        row.id("resolved_by", owner);
        if state == 107 {
            row.time("closed_at", end);
            row.id("closed_by", owner);
            row.time("calendar_duration", end - opened);
        }
        end
    }
}
