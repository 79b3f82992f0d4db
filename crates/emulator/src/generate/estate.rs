//! Configuration items, twenty to a rack, and how they hang together.

use std::borrow::Cow;

use super::calendar::DAY;
use super::dice::{Dice, Stream};
use super::row::Row;
use super::source::{Source, numbered};
use super::world::World;

const DISCOVERY: Cow<'static, str> = Cow::Borrowed("system");

/// The class of an item by its place in the rack.
fn class(index: u64) -> (&'static str, &'static str) {
    match index % 20 {
        0..=3 => ("cmdb_ci_linux_server", "srv-lin"),
        4..=6 => ("cmdb_ci_win_server", "srv-win"),
        7..=12 => ("cmdb_ci_pc_hardware", "pc"),
        13 => ("cmdb_ci_netgear", "sw"),
        14 => ("cmdb_ci_printer", "prn"),
        15..=17 => ("cmdb_ci_appl", "app"),
        _ => ("cmdb_ci_database", "db"),
    }
}

/// `srv-lin-00042`
pub(super) fn name(index: u64) -> String {
    format!("{}-{index:05}", class(index).1)
}

pub(super) struct Items<'a>(pub(super) &'a World);

impl Source for Items<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.0.counts.cis)
    }

    fn id(&self, index: u64) -> u128 {
        self.0.cis.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let world = self.0;
        let (class, _) = class(index);
        let mut dice = world.cis.dice(index);
        let dice = &mut dice;
        row.word("sys_class_name", class);
        row.text("sys_class_path", world.class_paths.get(class).cloned().unwrap_or_default());
        row.text("name", name(index));
        row.number("install_status", dice.weighted(&[(88, 1), (3, 3), (4, 6), (5, 7)]));
        row.number("operational_status", dice.weighted(&[(92, 1), (5, 2), (3, 6)]));
        row.id("location", *dice.pick(&world.sites));
        row.id("company", *dice.pick(&world.companies));
        row.id("department", *dice.pick(&world.departments));
        row.word("environment", dice.weighted(&[(60, "Production"), (20, "Test"), (20, "Development")]));
        row.id("assigned_to", world.caller(false, dice).id);
        row.id("support_group", world.group_id(dice.below(world.group_count())));
        row.word("discovery_source", dice.weighted(&[(80, "ServiceNow"), (20, "Manual Entry")]));
        row.number("fault_count", 0);
        row.word("cost_cc", "USD");
        for flag in ["monitor", "unverified", "attested", "skip_sync", "can_print"] {
            row.flag(flag, flag == "monitor" && dice.chance(50));
        }
        details(class, index, row, dice);
        let bought = world.now - dice.up_to(4 * 365 * DAY) - 30 * DAY;
        let seen = world.now - dice.up_to(30 * DAY);
        row.date("purchase_date", bought);
        row.time("install_date", bought + 14 * DAY);
        row.date("warranty_expiration", bought + 3 * 365 * DAY);
        row.time("first_discovered", bought + 14 * DAY);
        row.time("last_discovered", seen);
        row.domain();
        row.stamps(bought, DISCOVERY, seen, DISCOVERY, dice.up_to(200));
    }
}

/// What a class has beyond any item.
fn details(class: &'static str, index: u64, row: &mut Row, dice: &mut Dice) {
    if matches!(class, "cmdb_ci_appl" | "cmdb_ci_database") {
        row.word("version", dice.weighted(&[(3, "12.0.1"), (4, "19.3"), (3, "2022")]));
        row.number("tcp_port", dice.weighted(&[(4, 443), (3, 1521), (3, 1433)]));
        return;
    }
    row.text("serial_number", format!("SN{:08X}", index * 7_919 + 1_048_576));
    row.text("asset_tag", format!("P{index:07}"));
    row.text("ip_address", format!("10.{}.{}.{}", index / 62_500 % 250, index / 250 % 250, index % 250 + 1));
    row.text(
        "mac_address",
        format!("00:16:3e:{:02x}:{:02x}:{:02x}", index >> 16 & 255, index >> 8 & 255, index & 255),
    );
    row.word("hardware_status", "installed");
    if class == "cmdb_ci_netgear" {
        row.number("ports", 48);
        return;
    }
    if class == "cmdb_ci_printer" {
        return;
    }
    let (os, version) = match class {
        "cmdb_ci_linux_server" => ("Linux Red Hat", dice.weighted(&[(3, "8.9"), (2, "9.3")])),
        "cmdb_ci_win_server" => ("Windows 2019 Standard", "10.0.17763"),
        _ => ("Windows 11", "10.0.22631"),
    };
    row.word("os", os);
    row.word("os_version", version);
    row.text("host_name", name(index));
    row.text("fqdn", format!("{}.example.com", name(index)));
    row.word("dns_domain", "example.com");
    row.number("cpu_count", dice.weighted(&[(5, 2), (3, 4), (2, 8)]));
    row.number("cpu_core_count", dice.weighted(&[(5, 4), (3, 8), (2, 16)]));
    row.real("cpu_speed", f64::from(u32::try_from(2_000 + dice.below(18) * 100).unwrap_or(0)));
    row.number("ram", dice.weighted(&[(2, 8_192), (4, 16_384), (3, 32_768), (1, 131_072)]));
    row.real("disk_space", f64::from(u32::try_from(250 * (1 + dice.below(8))).unwrap_or(0)));
    row.flag("virtual", dice.chance(50));
    if class == "cmdb_ci_linux_server" {
        row.word("kernel_release", "4.18.0-513.el8.x86_64");
    }
    if class != "cmdb_ci_pc_hardware" {
        row.word("classification", "Production");
        row.word("firewall_status", "Intranet");
    }
}

/// Applications run on the servers of their rack, servers connect to its switch, services depend on applications.
pub(super) struct Relations<'a> {
    world: &'a World,
    stream: Stream,
    types: [u128; 3],
}

impl<'a> Relations<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let kind = |name| world.demo.id("cmdb_rel_type", name).unwrap_or_default();
        let types = [kind("Runs on::Runs"), kind("Connects to::Connected by"), kind("Depends on::Used by")];
        Relations { world, stream: Stream::new(world.seed, "cmdb_rel_ci"), types }
    }

    /// Parent, child and type of relation `index`; six relations for five items.
    fn ends(&self, index: u64) -> (u128, u128, u128) {
        let cis = &self.world.cis;
        let item = index % self.world.counts.cis;
        let rack = item / 20 * 20;
        let place = item % 20;
        if index >= self.world.counts.cis {
            let services = &self.world.services;
            let service =
                services[usize::try_from(index % services.len() as u64).expect("an index of a list")];
            return (service, cis.id(rack + 15), self.types[2]);
        }
        match place {
            15.. => (cis.id(item), cis.id(rack + place % 7), self.types[0]),
            13 => (cis.id(item), cis.id((rack + 33) % self.world.counts.cis), self.types[1]),
            _ => (cis.id(item), cis.id(rack + 13), self.types[1]),
        }
    }
}

impl Source for Relations<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.world.counts.relations)
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let (parent, child, kind) = self.ends(index);
        row.id("parent", parent);
        row.id("child", child);
        row.id("type", kind);
        row.stamp(self.world.now - 30 * DAY, DISCOVERY);
    }
}
