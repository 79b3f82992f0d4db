//! The platform's own rows: its log, and the demo rows of tables that get no others.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::calendar::DAY;
use super::dice::Stream;
use super::row::Row;
use super::source::{Source, Storage, numbered};
use super::world::World;

/// Physical tables that hold demo rows only.
const DEMO_ONLY: [&str; 21] = [
    "chg_model",
    "cmdb_model",
    "cmdb_rel_type",
    "cmn_cost_center",
    "cmn_department",
    "cmn_location",
    "cmn_schedule",
    "contract_sla",
    "core_company",
    "dl_u_priority",
    "kb_category",
    "kb_knowledge_base",
    "sc_cat_item",
    "sc_catalog",
    "sc_category",
    "std_change_producer_version",
    "sys_metadata",
    "sys_plugins",
    "sys_user_group_type",
    "sys_user_preference",
    "sys_user_role",
];

pub(super) fn storages(world: &World) -> Vec<Storage<'_>> {
    let log = Log { world, stream: Stream::new(world.seed, "syslog") };
    vec![Storage { name: "syslog", sources: vec![Box::new(log)] }]
}

/// Storages without a source, for the demo rows of tables that are not in `named`.
pub(super) fn demo_only<'a>(world: &World, named: &[&'static str]) -> Vec<Storage<'a>> {
    let used: BTreeSet<&str> = world.demo.rows.iter().map(|row| row.storage.as_str()).collect();
    let listed = DEMO_ONLY.into_iter().filter(|name| used.contains(name) && !named.contains(name));
    listed.map(|name| Storage { name, sources: Vec::new() }).collect()
}

struct Log<'a> {
    world: &'a World,
    stream: Stream,
}

impl Source for Log<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.world.counts.log_entries)
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let mut dice = self.stream.dice(index);
        row.number("level", dice.weighted(&[(80, 0), (15, 1), (4, 2), (1, -1)]));
        row.word("message", self.world.words.any("log", &mut dice));
        row.word("source", dice.weighted(&[(3, "Scheduler"), (2, "TextIndex"), (2, "Email"), (1, "Import")]));
        row.text("sequence", format!("{index:012x}"));
        let time = self.world.now - dice.up_to(30 * DAY);
        row.stamp(time, Cow::Borrowed("system"));
    }
}
