//! Which table extends which: rules for a table hold for those that extend it.

use std::collections::{BTreeMap, BTreeSet};

use servicenow::TableInfo;

/// The tables of an instance.
#[derive(Debug, Default)]
pub struct Hierarchy {
    parent: BTreeMap<String, String>,
    children: BTreeMap<String, Vec<String>>,
}

impl Hierarchy {
    /// From the instance's list of tables.
    pub fn new(tables: Vec<TableInfo>) -> Self {
        let mut hierarchy = Hierarchy::default();
        for table in tables {
            let Some(parent) = table.super_class.filter(|parent| !parent.is_empty()) else { continue };
            hierarchy.children.entry(parent.clone()).or_default().push(table.name.clone());
            hierarchy.parent.insert(table.name, parent);
        }
        hierarchy
    }

    /// The table, then those that it extends, the nearest first.
    pub fn lineage(&self, table: &str) -> Vec<String> {
        let mut lineage = vec![table.to_owned()];
        let mut at = table;
        while let Some(parent) = self.parent.get(at) {
            if lineage.contains(parent) {
                break; // a circle, which no instance has
            }
            lineage.push(parent.clone());
            at = parent;
        }
        lineage
    }

    /// All tables that extend it, directly or not.
    pub fn descendants(&self, table: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![table];
        while let Some(at) = open.pop() {
            for child in self.children.get(at).into_iter().flatten() {
                if child != table && found.insert(child.clone()) {
                    open.push(child);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_up_and_down() {
        let table = |name: &str, parent: &str| TableInfo {
            name: name.to_owned(),
            super_class: Some(parent.to_owned()),
            ..TableInfo::default()
        };
        let hierarchy = Hierarchy::new(vec![
            table("task", ""),
            table("incident", "task"),
            table("u_incident", "incident"),
            table("problem", "task"),
            table("a", "b"),
            table("b", "a"),
        ]);
        assert_eq!(hierarchy.lineage("u_incident"), ["u_incident", "incident", "task"]);
        let below: Vec<_> = hierarchy.descendants("task").into_iter().collect();
        assert_eq!(below, ["incident", "problem", "u_incident"]);
        assert_eq!(hierarchy.lineage("a"), ["a", "b"]);
        assert_eq!(hierarchy.descendants("a").into_iter().collect::<Vec<_>>(), ["b"]);
    }
}
