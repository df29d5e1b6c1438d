//! Names that there are not, and what to say of those that there are.

/// What to do about a name that is none of those known: take the nearest, or one of them; `are` leads the list, as "the regions
/// are".
pub(crate) fn remedy<'a>(name: &str, are: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => all(are, &known),
    }
}

/// As [`remedy`], but always with the list, for names that are few and not to be guessed.
pub(crate) fn remedy_of_all<'a>(name: &str, are: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {}", all(are, &known)),
        None => all(are, &known),
    }
}

/// The end of a message of a name that is near to another.
pub(crate) fn guess(nearest: Option<&str>) -> String {
    nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The candidate that a slip of the finger turns into `name`, if one is near enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn all(are: &str, known: &[&str]) -> String {
    match known {
        [] => "there are none".to_owned(),
        known => format!("{are} {}", known.join(", ")),
    }
}
