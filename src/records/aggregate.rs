//! Aggregates: the instance computes them, in one request.

use servicenow::Aggregate;

use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;
use crate::pb::{AggregateGroup, GroupKey};

/// Computes the aggregates; one group without keys where nothing was grouped.
pub async fn aggregate(guard: &Guard, mut aggregate: Aggregate) -> Result<Vec<AggregateGroup>, Error> {
    aggregate.query = guard.narrow(aggregate.query).await?;
    let (instance, table) = (&guard.instance, guard.table());
    let groups = instance
        .call("aggregate", Subject::table(table), instance.client().aggregate(table, &aggregate))
        .await?;
    let mut groups: Vec<_> = groups.into_iter().map(group).collect();
    for key in groups.iter_mut().flat_map(|group| &mut group.keys) {
        if !guard.shows_display(&key.field) {
            key.display_value.clear();
        }
    }
    Ok(groups)
}

fn group(group: servicenow::Group) -> AggregateGroup {
    let keys = group.keys.into_iter().map(|key| GroupKey {
        field: key.field,
        value: key.value,
        display_value: key.display_value.unwrap_or_default(),
    });
    AggregateGroup {
        keys: keys.collect(),
        count: group.count.unwrap_or(0) as i64,
        sum: group.sum.into_iter().collect(),
        avg: group.avg.into_iter().collect(),
        min: group.min.into_iter().collect(),
        max: group.max.into_iter().collect(),
    }
}
