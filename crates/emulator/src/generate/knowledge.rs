//! Knowledge articles and interactions.

use super::calendar::{DAY, HOUR, arrival};
use super::row::Row;
use super::series::Series;
use super::source::{Source, Storage, numbered};
use super::world::World;

pub(super) fn storages(world: &World) -> Vec<Storage<'_>> {
    let series = |table: &str, prefix, count| Series::generated(table, prefix, count, world.seed, world.now);
    let articles = Articles {
        world,
        series: series("kb_knowledge", "KB", world.counts.articles),
        bases: world.demo.of("kb_knowledge_base").into_iter().map(|(_, id)| id).collect(),
        categories: world.demo.of("kb_category").into_iter().map(|(_, id)| id).collect(),
    };
    let interactions =
        Interactions { world, series: series("interaction", "IMS", world.counts.interactions) };
    vec![
        Storage { name: "kb_knowledge", sources: vec![Box::new(articles)] },
        Storage { name: "interaction", sources: vec![Box::new(interactions)] },
    ]
}

struct Articles<'a> {
    world: &'a World,
    series: Series,
    bases: Vec<u128>,
    categories: Vec<u128>,
}

impl Source for Articles<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let mut dice = self.series.stream.dice(index);
        let dice = &mut dice;
        let words = &self.world.words;
        let made = arrival(index, self.series.count, self.series.from, self.series.to, dice);
        let title = words.expand(words.any("article", dice), "", dice);
        let state = dice.weighted(&[(78, "published"), (12, "draft"), (6, "retired"), (4, "review")]);
        let (_, author) = self.world.support("inquiry", false, dice);
        let number = self.series.number(index);
        row.text("display_number", format!("{number} v1.0"));
        row.text("number", number);
        row.text(
            "text",
            format!("<h1>{title}</h1><p>{} {}</p>", words.any("fix", dice), words.any("comment", dice)),
        );
        row.text("short_description", title);
        row.id("kb_knowledge_base", *dice.pick(&self.bases));
        row.id("kb_category", *dice.pick(&self.categories));
        row.word("workflow_state", state);
        row.word("article_type", "text");
        row.id("author", author.id);
        row.word("version", "1.0");
        row.flag("active", state != "retired");
        row.flag("latest", true);
        row.number("sys_view_count", dice.up_to(900));
        if state == "published" {
            row.date("published", made);
            row.date("valid_to", made + 365 * DAY);
        }
        row.domain();
        row.stamp(made, author.user_name);
    }
}

struct Interactions<'a> {
    world: &'a World,
    series: Series,
}

impl Source for Interactions<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let mut dice = self.series.stream.dice(index);
        let dice = &mut dice;
        let opened = arrival(index, self.series.count, self.series.from, self.series.to, dice);
        let closed = opened + 120 + dice.up_to(HOUR);
        let open = closed > self.series.to;
        let caller = self.world.caller(false, dice);
        let (group, agent) = self.world.support("inquiry", false, dice);
        let topic = self.world.words.topic("inquiry", dice);
        row.text("number", self.series.number(index));
        row.text("short_description", self.world.words.expand(topic.text, "", dice));
        row.word("type", dice.weighted(&[(60, "chat"), (40, "phone")]));
        row.word("channel", "Service Desk");
        row.word("direction", "inbound");
        row.id("opened_for", caller.id);
        row.id("opened_by", caller.id);
        row.time("opened_at", opened);
        row.id("assigned_to", agent.id);
        row.id("assignment_group", group);
        row.flag("virtual_agent", dice.chance(15));
        row.flag("active", open);
        row.word("state", if open { "work_in_progress" } else { "closed_complete" });
        if !open {
            row.time("closed_at", closed);
        }
        row.domain();
        row.stamps(opened, caller.user_name, closed.min(self.series.to), agent.user_name, 2);
    }
}
