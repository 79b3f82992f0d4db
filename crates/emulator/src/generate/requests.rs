//! The service catalog at work: requests, their items, and the tasks that deliver the items.

use super::calendar::{DAY, HOUR, arrival};
use super::row::Row;
use super::series::Series;
use super::source::{Source, numbered};
use super::task;
use super::world::{Person, World};

pub(super) fn sources(world: &World) -> Vec<Box<dyn Source + '_>> {
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for requests in [&world.requests.demo, &world.requests.generated] {
        let under = |table: &str, prefix| {
            // Three items for two requests.
            let count = requests.count * 3 / 2;
            if requests.demo {
                Series::demo(table, prefix, count)
            } else {
                Series::generated(table, prefix, count, world.seed, world.now)
            }
        };
        sources.push(Box::new(Requests { world, series: requests }));
        sources.push(Box::new(Items { world, requests, series: under("sc_req_item", "RITM") }));
        sources.push(Box::new(Tasks {
            world,
            requests,
            items: under("sc_req_item", "RITM"),
            series: under("sc_task", "SCTASK"),
        }));
    }
    sources
}

/// What the items of a request need to know of it.
struct Course {
    opened: i64,
    delivered: i64,
    /// 1 open, 3 delivered, 4 not delivered.
    state: i64,
    customer: Person,
    group: u128,
    worker: Person,
}

fn course(world: &World, series: &Series, index: u64) -> Course {
    let mut dice = series.stream.dice(index);
    let opened = arrival(index, series.count, series.from, series.to, &mut dice);
    let customer = world.caller(series.demo, &mut dice);
    let (group, worker) = world.support("inquiry", series.demo, &mut dice);
    let delivered = opened + dice.spread(3 * DAY);
    let state = if delivered > series.to { 1 } else { dice.weighted(&[(94, 3), (6, 4)]) };
    Course { opened, delivered, state, customer, group, worker }
}

impl Course {
    /// The columns that a request, its items and their tasks share.
    fn fill(&self, row: &mut Row) {
        task::grade(row, 3, 3);
        row.number("state", self.state);
        row.flag("active", self.state == 1);
        row.word("approval", if self.state == 4 { "rejected" } else { "approved" });
        row.time("opened_at", self.opened);
        row.id("opened_by", self.customer.id);
        row.id("company", self.customer.company);
        row.id("location", self.customer.site);
        row.id("assignment_group", self.group);
        let by = self.customer.user_name.clone();
        if self.state == 1 {
            row.stamps(self.opened, by.clone(), self.opened, by, 0);
            return;
        }
        row.time("closed_at", self.delivered);
        row.id("closed_by", self.worker.id);
        row.time("calendar_duration", self.delivered - self.opened);
        row.stamps(self.opened, by, self.delivered, self.worker.user_name.clone(), 3);
    }

    /// One word for each way a request can stand.
    fn word(&self, open: &'static str, delivered: &'static str, not: &'static str) -> &'static str {
        match self.state {
            1 => open,
            3 => delivered,
            _ => not,
        }
    }
}

struct Requests<'a> {
    world: &'a World,
    series: &'a Series,
}

impl Source for Requests<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let course = course(self.world, self.series, index);
        task::base(row, "sc_request", self.series, index);
        course.fill(row);
        let mut dice = self.series.stream.dice(index);
        let words = &self.world.words;
        let about = words.expand(words.any("request", &mut dice), "", &mut dice);
        row.text("short_description", about);
        row.id("requested_for", course.customer.id);
        row.time("requested_date", course.opened);
        row.word("request_state", course.word("in_process", "closed_complete", "closed_cancelled"));
        row.word("stage", course.word("requested", "complete", "cancelled"));
        row.real("price", f64::from(u32::try_from(dice.below(300_000)).unwrap_or(0)) / 100.0);
    }
}

struct Items<'a> {
    world: &'a World,
    requests: &'a Series,
    series: Series,
}

impl Source for Items<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let request = self.requests.beside(index, &self.series).unwrap_or(0);
        let course = course(self.world, self.requests, request);
        let mut dice = self.series.stream.dice(index);
        let (name, item) = dice.pick(&self.world.catalog_items);
        task::base(row, "sc_req_item", &self.series, index);
        course.fill(row);
        row.id("request", self.requests.stream.id(request));
        row.id("parent", self.requests.stream.id(request));
        row.id("requested_for", course.customer.id);
        row.id("cat_item", *item);
        row.text("short_description", name.clone());
        row.number("quantity", dice.weighted(&[(85, 1), (10, 2), (5, 5)]));
        row.word("stage", course.word("fulfillment", "completed", "Request Cancelled"));
        row.time("estimated_delivery", course.opened + 3 * DAY);
        row.real("price", f64::from(u32::try_from(dice.below(250_000)).unwrap_or(0)) / 100.0);
        for flag in ["backordered", "billable", "received", "sourced"] {
            row.flag(flag, flag == "received" && course.state == 3);
        }
    }
}

struct Tasks<'a> {
    world: &'a World,
    requests: &'a Series,
    items: Series,
    series: Series,
}

impl Source for Tasks<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let request = self.requests.beside(index, &self.items).unwrap_or(0);
        let course = course(self.world, self.requests, request);
        let (name, item) = self.items.stream.dice(index).pick(&self.world.catalog_items).clone();
        task::base(row, "sc_task", &self.series, index);
        course.fill(row);
        row.id("assigned_to", course.worker.id);
        row.id("request", self.requests.stream.id(request));
        row.id("request_item", self.items.stream.id(index));
        row.id("parent", self.items.stream.id(index));
        row.id("cat_item", item);
        row.text("short_description", format!("Deliver: {name}"));
        row.time("due_date", course.opened + 3 * DAY + 8 * HOUR);
    }
}
