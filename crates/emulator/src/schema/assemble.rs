//! From definitions to the dictionary in memory: inheritance, storage, display columns.
//!
//! It refuses cycles, unknown parents, columns defined twice along a line of inheritance and classes of one
//! hierarchy that would store a column in two forms.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::definition::Definition;
use super::{Column, Error, Schema, StorageClass, Table};
use crate::rulebook::Rulebook;

/// Tables to inherit from; more means a cycle.
const DEEPEST: usize = 16;

/// Builds the dictionary.
pub(super) fn assemble(definitions: Vec<Definition>) -> Result<Schema, Error> {
    let count = definitions.len();
    let by_name: BTreeMap<String, Definition> =
        definitions.into_iter().map(|one| (one.name.clone(), one)).collect();
    if by_name.len() != count {
        return Err(Error::definition("?", "a table is defined twice"));
    }
    let mut classes: HashMap<&str, Vec<String>> = HashMap::new();
    let mut lines = Vec::with_capacity(count);
    for definition in by_name.values() {
        let line = line(&by_name, definition)?;
        for ancestor in &line {
            classes.entry(&ancestor.name).or_default().push(definition.name.clone());
        }
        lines.push(line);
    }
    let choices = by_name
        .values()
        .flat_map(|one| {
            one.choices.iter().map(|(element, list)| ((one.name.clone(), element.clone()), list.clone()))
        })
        .collect();
    let mut schema = Schema { tables: BTreeMap::new(), choices, rulebook: Rulebook::default() };
    for line in &lines {
        let table = table(line, &classes, &schema)?;
        schema.tables.insert(table.name.clone(), Arc::new(table));
    }
    check_storage(&schema)?;
    Ok(schema)
}

/// The table and its ancestors, itself first.
fn line<'a>(
    all: &'a BTreeMap<String, Definition>,
    from: &'a Definition,
) -> Result<Vec<&'a Definition>, Error> {
    let mut line = vec![from];
    let mut at = from;
    while let Some(parent) = &at.extends {
        at = all.get(parent).ok_or_else(|| {
            Error::definition(&at.name, format!("it extends {parent:?}, which does not exist"))
        })?;
        line.push(at);
        if line.len() > DEEPEST {
            return Err(Error::definition(&from.name, "its inheritance is a cycle or too deep"));
        }
    }
    Ok(line)
}

fn table(
    line: &[&Definition],
    classes: &HashMap<&str, Vec<String>>,
    schema: &Schema,
) -> Result<Table, Error> {
    let own = line[0];
    let root = line[line.len() - 1];
    let columns = columns(line, schema)?;
    let by_name: HashMap<String, usize> =
        columns.iter().enumerate().map(|(at, one)| (one.element.clone(), at)).collect();
    if !by_name.contains_key("sys_id") {
        return Err(Error::definition(&own.name, "it has no sys_id"));
    }
    Ok(Table {
        display: display(line, &by_name),
        name: own.name.clone(),
        label: own.label.clone(),
        plural: own.plural.clone(),
        sys_id: own.sys_id.clone(),
        super_class: own.extends.clone(),
        storage: root.name.clone(),
        classes: classes.get(own.name.as_str()).cloned().unwrap_or_default(),
        has_class: by_name.contains_key("sys_class_name"),
        columns,
        by_name,
        number_prefix: own.number.as_ref().map(|number| number.prefix.clone()),
        number_digits: own.number.as_ref().map_or(7, |number| number.digits),
        audit: line.iter().any(|one| one.audit),
    })
}

/// Own and inherited columns with the overrides of every class on the way down.
fn columns(line: &[&Definition], schema: &Schema) -> Result<Vec<Arc<Column>>, Error> {
    let mut columns: BTreeMap<String, Column> = BTreeMap::new();
    for class in line.iter().rev() {
        for change in &class.overrides {
            if let Some(column) = columns.get_mut(&change.element) {
                change.apply(column);
            }
        }
        for column in &class.columns {
            if columns.insert(column.element.clone(), column.clone()).is_some() {
                let problem = format!("column {} is defined twice along its inheritance", column.element);
                return Err(Error::definition(&class.name, problem));
            }
        }
    }
    for column in columns.values_mut() {
        let listed =
            |class: &&Definition| schema.choices.contains_key(&(class.name.clone(), column.element.clone()));
        column.choice = column.choice || line.iter().any(listed);
    }
    Ok(columns.into_values().map(Arc::new).collect())
}

/// The column marked `display` on the nearest class, else `name`, `number`, `sys_created_on`, `sys_id`.
fn display(line: &[&Definition], by_name: &HashMap<String, usize>) -> String {
    let marked = line.iter().find_map(|class| class.columns.iter().find(|column| column.display));
    if let Some(column) = marked {
        return column.element.clone();
    }
    ["name", "number", "sys_created_on"]
        .into_iter()
        .find(|element| by_name.contains_key(*element))
        .unwrap_or("sys_id")
        .to_owned()
}

/// Classes share their root's physical columns, so a name may have one form only.
fn check_storage(schema: &Schema) -> Result<(), Error> {
    let mut forms: HashMap<(&str, &str), StorageClass> = HashMap::new();
    for table in schema.tables.values() {
        for column in &table.columns {
            let form = column.kind.storage();
            let known = *forms.entry((&table.storage, &column.element)).or_insert(form);
            if known != form {
                return Err(Error::Storage { table: table.name.clone(), element: column.element.clone() });
            }
        }
    }
    Ok(())
}
