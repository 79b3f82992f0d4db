//! Where rows come from, and which of them share a physical table.

use super::row::Row;
use super::world::World;
use super::{
    changes, estate, incidents, journal, knowledge, people, platform, problems, requests, service_levels,
};

/// Rows of one class.
pub(super) trait Source: Sync {
    /// The numbers of its rows.
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_>;
    /// The sys_id of a row.
    fn id(&self, index: u64) -> u128;
    /// Fills in a row; its sys_id is set.
    fn fill(&self, index: u64, row: &mut Row);
}

/// A physical table and what goes into it.
pub(super) struct Storage<'a> {
    pub(super) name: &'static str,
    pub(super) sources: Vec<Box<dyn Source + 'a>>,
}

/// Every physical table that gets rows. Demo rows of tables that are not here are written by themselves.
pub(super) fn storages(world: &World) -> Vec<Storage<'_>> {
    let mut task = incidents::sources(world);
    task.extend(problems::sources(world));
    task.extend(changes::sources(world));
    task.extend(requests::sources(world));
    let mut storages = vec![
        Storage { name: "task", sources: task },
        Storage { name: "cmdb", sources: vec![Box::new(estate::Items(world))] },
        Storage { name: "cmdb_rel_ci", sources: vec![Box::new(estate::Relations::new(world))] },
        Storage { name: "sys_journal_field", sources: journal::sources(world) },
    ];
    storages.extend(people::storages(world));
    storages.extend(service_levels::storages(world));
    storages.extend(knowledge::storages(world));
    storages.extend(platform::storages(world));
    let named: Vec<&'static str> = storages.iter().map(|storage| storage.name).collect();
    storages.extend(platform::demo_only(world, &named));
    storages
}

/// Rows numbered from 0.
pub(super) fn numbered(count: u64) -> Box<dyn Iterator<Item = u64>> {
    Box::new(0..count)
}
