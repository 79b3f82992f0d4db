//! What was said about incidents: comments and work notes.

use super::dice::Stream;
use super::incidents::{self, Course};
use super::row::Row;
use super::series::Series;
use super::source::Source;
use super::world::World;

/// Entries an incident can have; a row's number is the incident's times this, plus its place.
const MOST: u64 = 4;
/// Of a hundred incidents, those that anything was said about.
const SHARE: u64 = 30;

pub(super) fn sources(world: &World) -> Vec<Box<dyn Source + '_>> {
    let series = [&world.incidents.demo, &world.incidents.generated];
    let source =
        |series: &'_ Series| Stream::new(world.seed, if series.demo { "demo journal" } else { "journal" });
    series
        .into_iter()
        .map(|one| Box::new(Entries { world, incidents: one, stream: source(one) }) as _)
        .collect()
}

struct Entries<'a> {
    world: &'a World,
    incidents: &'a Series,
    stream: Stream,
}

impl Entries<'_> {
    fn count(&self, incident: u64) -> u64 {
        let hash = self.stream.hash(incident);
        if hash % 100 < SHARE { 1 + (hash >> 32) % MOST } else { 0 }
    }

    fn author(&self, course: &Course, comment: bool, index: u64) -> std::borrow::Cow<'static, str> {
        match &course.assignee {
            Some(assignee) if !comment || index.is_multiple_of(2) => assignee.user_name.clone(),
            _ if comment => course.caller.user_name.clone(),
            _ => course.opened_by.user_name.clone(),
        }
    }
}

impl Source for Entries<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        let of = move |incident| (0..self.count(incident)).map(move |place| incident * MOST + place);
        Box::new((0..self.incidents.count).flat_map(of))
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let (incident, place) = (index / MOST, index % MOST);
        let (course, _) = incidents::course(self.world, self.incidents, incident);
        let mut dice = self.stream.dice(index);
        let comment = dice.chance(45);
        let count = i64::try_from(self.count(incident)).expect("a few entries");
        let place = i64::try_from(place).expect("a few entries");
        // In order within the incident's life.
        let slice = (course.updated - course.opened) / count;
        let time = course.opened + slice * place + dice.up_to(slice + 1);
        row.word("name", "incident");
        row.word("element", if comment { "comments" } else { "work_notes" });
        row.id("element_id", self.incidents.stream.id(incident));
        row.word("value", self.world.words.any(if comment { "comment" } else { "note" }, &mut dice));
        row.stamp(time, self.author(&course, comment, index));
    }
}
