//! A dataset under way, and one that is finished.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::SchemaRef;

use crate::encoder::Encoder;
use crate::{Column, Completeness, Error, Layout, MANIFEST, Manifest, Part, Place, RangeWriter, Source};

/// A dataset under way.
pub struct Dataset {
    place: Place,
    layout: Arc<Layout>,
    schema: SchemaRef,
    run: String,
    /// What lies there and is to be replaced.
    old: Option<Manifest>,
    finished: Option<Manifest>,
}

/// What a dataset came to, for its manifest.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// What was exported.
    pub source: Source,
    /// The parts of all ranges.
    pub parts: Vec<Part>,
    /// How complete it is.
    pub report: Completeness,
    /// Where the next increment begins.
    pub cursor: Option<String>,
}

impl Dataset {
    /// Begins a dataset, or goes on with one: `run` names it, in letters and digits, and is the same for both. Nothing is
    /// written yet.
    ///
    /// # Errors
    /// [`Error::Occupied`] where another run's export lies there and `replace` is false; [`Error::Partition`]; what the
    /// place says.
    pub async fn open(
        place: Place,
        layout: Layout,
        schema: SchemaRef,
        run: &str,
        replace: bool,
    ) -> Result<Self, Error> {
        // What cannot be written is better known before rows are read.
        Encoder::new(Arc::new(layout.clone()), &schema, run, 0)?;
        let found = Manifest::at(&place).await?;
        let (old, finished) = match found {
            Some(manifest) if manifest.run == run => (None, Some(manifest)),
            Some(_) if !replace => return Err(Error::Occupied(place.shown().to_owned())),
            other => (other, None),
        };
        Ok(Self { place, layout: Arc::new(layout), schema, run: run.to_owned(), old, finished })
    }

    /// The manifest, where this very run has come to its end before.
    pub fn finished(&self) -> Option<&Manifest> {
        self.finished.as_ref()
    }

    /// Where it lies.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Writes a range, by its number. A range that was begun before is written anew, over what is there.
    ///
    /// # Errors
    /// [`Error::Partition`].
    pub fn range(&self, number: u32) -> Result<RangeWriter, Error> {
        let encoder = Encoder::new(self.layout.clone(), &self.schema, &self.run, number)?;
        Ok(RangeWriter::new(self.place.clone(), encoder))
    }

    /// Makes a whole of the parts: writes the manifest, then takes away the parts of what it replaces.
    ///
    /// # Errors
    /// The dataset is not finished then; it may be tried again. [`Error::Occupied`] where somebody else finished one
    /// there meanwhile.
    pub async fn commit(&self, written: Written) -> Result<Manifest, Error> {
        let Written { source, parts, report, cursor } = written;
        let format = self.layout.format.extension();
        let mut manifest = Manifest::new(&self.run, source, format, parts, report);
        manifest.columns = self
            .schema
            .fields()
            .iter()
            .map(|field| Column { name: field.name().clone(), data_type: field.data_type().to_string() })
            .collect();
        manifest.partition_by = self.layout.partition_by.iter().map(ToString::to_string).collect();
        manifest.cursor = cursor;
        self.place.put(MANIFEST, manifest.to_json().into(), self.old.is_none()).await?;
        if let Some(old) = &self.old {
            let kept: HashSet<&str> = manifest.parts.iter().map(|part| part.path.as_str()).collect();
            for part in old.parts.iter().filter(|part| !kept.contains(part.path.as_str())) {
                // They are no part of anything any more: one that stays is only in the way.
                if let Err(error) = self.place.remove(&part.path).await {
                    tracing::warn!(part = part.path, %error, "a part that was replaced could not be removed");
                }
            }
        }
        Ok(manifest)
    }
}

/// Takes back what a run has written that will not be finished, whatever it was in the middle of. A run that was finished
/// is left alone.
///
/// # Errors
/// What the place says; what is left then has no manifest.
pub async fn discard(place: &Place, run: &str) -> Result<(), Error> {
    if Manifest::at(place).await?.is_some_and(|manifest| manifest.run == run) {
        return Ok(());
    }
    let mark = format!("-{run}.");
    let names = place.names(move |name| {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.trim_start_matches('.').starts_with("part-") && file.contains(&mark)
    });
    for name in names.await? {
        place.remove(&name).await?;
    }
    Ok(())
}

impl Manifest {
    /// The manifest of the dataset that lies there; none where nothing that is finished does.
    ///
    /// # Errors
    /// [`Error::Manifest`]; what the place says.
    pub async fn at(place: &Place) -> Result<Option<Self>, Error> {
        let Some(bytes) = place.get(MANIFEST).await? else { return Ok(None) };
        let wrong = |problem| Error::Manifest { place: place.shown().to_owned(), problem };
        Self::read(&bytes).map(Some).map_err(wrong)
    }
}

#[cfg(test)]
mod tests;
