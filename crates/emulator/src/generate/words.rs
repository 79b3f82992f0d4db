//! The vocabulary: names, places and the sentences people write in tickets.

use super::dice::Dice;

/// A place of the company.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) name: &'static str,
    pub(super) street: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) zip: &'static str,
    pub(super) country: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) time_zone: &'static str,
}

/// What an incident can be about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Topic {
    pub(super) subcategory: &'static str,
    pub(super) text: &'static str,
}

#[derive(Debug)]
pub(super) struct Words {
    pub(super) first: Vec<&'static str>,
    pub(super) last: Vec<&'static str>,
    pub(super) sites: Vec<Site>,
    topics: Vec<(&'static str, Vec<Topic>)>,
    lists: Vec<(&'static str, Vec<&'static str>)>,
}

impl Words {
    pub(super) fn load() -> Self {
        let mut topics = Vec::new();
        for (kind, text) in pairs(include_str!("words/incidents.txt")) {
            let (category, subcategory) = kind.split_once('/').unwrap_or((kind, ""));
            add(&mut topics, category, Topic { subcategory, text });
        }
        let mut lists = Vec::new();
        let files = [include_str!("words/details.txt"), include_str!("words/nouns.txt")];
        for (kind, text) in files.into_iter().flat_map(pairs) {
            add(&mut lists, kind, text);
        }
        Words {
            first: include_str!("words/first.txt").split_whitespace().collect(),
            last: include_str!("words/last.txt").split_whitespace().collect(),
            sites: lines(include_str!("words/places.txt")).map(site).collect(),
            topics,
            lists,
        }
    }

    /// Something that happens in a category.
    pub(super) fn topic(&self, category: &str, dice: &mut Dice) -> Topic {
        let found = self.topics.iter().find(|(name, _)| *name == category);
        *dice.pick(&found.expect("every category has topics").1)
    }

    /// A sentence or noun of a kind.
    pub(super) fn any(&self, kind: &str, dice: &mut Dice) -> &'static str {
        let found = self.lists.iter().find(|(name, _)| *name == kind);
        dice.pick::<&str>(&found.expect("every kind is in the word files").1)
    }

    /// Fills the slots of a template.
    pub(super) fn expand(&self, template: &str, server: &str, dice: &mut Dice) -> String {
        let mut text = String::with_capacity(template.len() + 24);
        let mut rest = template;
        while let Some((before, slot)) = rest.split_once('{') {
            let (name, after) = slot.split_once('}').unwrap_or((slot, ""));
            text.push_str(before);
            match name {
                "place" => text.push_str(dice.pick(&self.sites).city),
                "server" => text.push_str(server),
                kind => text.push_str(self.any(kind, dice)),
            }
            rest = after;
        }
        text.push_str(rest);
        capitalized(text)
    }
}

/// A sentence may begin with a slot.
fn capitalized(text: String) -> String {
    match text.chars().next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(text.chars().skip(1)).collect(),
        _ => text,
    }
}

fn add<T>(groups: &mut Vec<(&'static str, Vec<T>)>, name: &'static str, value: T) {
    match groups.iter_mut().find(|(known, _)| *known == name) {
        Some((_, list)) => list.push(value),
        None => groups.push((name, vec![value])),
    }
}

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn pairs(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines(file).filter_map(|line| line.split_once('|'))
}

fn site(line: &'static str) -> Site {
    let mut parts = line.split('|');
    let mut part = || parts.next().expect("a line of places.txt has nine parts");
    Site {
        name: part(),
        street: part(),
        city: part(),
        state: part(),
        zip: part(),
        country: part(),
        latitude: part().parse().expect("a latitude is a number"),
        longitude: part().parse().expect("a longitude is a number"),
        time_zone: part(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dice::Stream;
    use super::*;

    #[test]
    fn every_slot_of_every_template_can_be_filled() {
        let words = Words::load();
        let mut dice = Stream::new(1, "words").dice(0);
        let templates = words.topics.iter().flat_map(|(_, list)| list.iter().map(|topic| topic.text));
        let nouns = words.lists.iter().flat_map(|(_, list)| list.iter().copied());
        let mut count = 0;
        for template in templates.chain(nouns) {
            let text = words.expand(template, "srv-lin-1", &mut dice);
            assert!(!text.contains(['{', '}']) && !text.is_empty(), "{template}");
            count += 1;
        }
        assert!(count > 200, "{count}");
        assert!(words.sites.len() >= 50 && words.first.len() > 150 && words.last.len() > 200);
    }
}
