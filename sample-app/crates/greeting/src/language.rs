//! Chooses the language of the greeting.

/// The languages that we greet in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Also for those who read none of ours.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The one that an `Accept-Language` header likes best, e.g. `de-CH, fr;q=0.8, *;q=0.1`.
    ///
    /// Equal weights go to the first named. What cannot be read is passed over.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (0, Self::default());
        for (weight, language) in header.split(',').filter_map(range) {
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    pub(crate) fn hello(self) -> &'static str {
        match self {
            Self::English => "Hello",
            Self::German => "Hallo",
            Self::French => "Bonjour",
            Self::Spanish => "Hola",
        }
    }

    pub(crate) fn world(self) -> &'static str {
        match self {
            Self::English => "world",
            Self::German => "Welt",
            Self::French => "le monde",
            Self::Spanish => "mundo",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.to_ascii_lowercase();
        match primary.as_str() {
            "en" | "*" => Some(Self::English),
            "de" => Some(Self::German),
            "fr" => Some(Self::French),
            "es" => Some(Self::Spanish),
            _ => None,
        }
    }
}

/// One range of the header: its weight in thousandths and its language, if it is one of ours.
fn range(text: &str) -> Option<(u16, Language)> {
    let mut parts = text.split(';').map(str::trim);
    let language = Language::from_tag(parts.next()?)?;
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        None => 1000,
        Some(text) => thousandths(text)?,
    };
    Some((weight, language))
}

/// `0.8` → 800; at most three decimals, nothing over 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.bytes().chain(decimals.bytes());
    if !digits.clone().all(|byte| byte.is_ascii_digit()) || decimals.len() > 3 {
        return None;
    }
    let padded = format!("{whole}{decimals:0<3}");
    padded.parse().ok().filter(|weight| *weight <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_weight_wins() {
        assert_eq!(
            Language::accepted("en;q=0.3, fr;q=0.9, de;q=0.75"),
            Language::French
        );
    }

    #[test]
    fn no_weight_is_full_weight_and_the_first_of_equals_wins() {
        assert_eq!(Language::accepted("fr;q=0.9,de-CH,es"), Language::German);
    }

    #[test]
    fn unknown_and_refused_languages_are_passed_over() {
        assert_eq!(
            Language::accepted("ja, de;q=0, es;q=0.001"),
            Language::Spanish
        );
        assert_eq!(Language::accepted("ja"), Language::English);
        assert_eq!(Language::accepted(""), Language::English);
    }

    #[test]
    fn a_weight_that_cannot_be_read_is_passed_over() {
        assert_eq!(Language::accepted("de;q=2, fr;q=0.5"), Language::French);
        assert_eq!(Language::accepted("de;q=x, fr;q=0.5"), Language::French);
    }

    #[test]
    fn weights_are_thousandths() {
        assert_eq!(thousandths("1"), Some(1000));
        assert_eq!(thousandths("0.8"), Some(800));
        assert_eq!(thousandths("0.125"), Some(125));
        assert_eq!(thousandths("1.001"), None);
        assert_eq!(thousandths("0.1234"), None);
        assert_eq!(thousandths("+1"), None);
        assert_eq!(thousandths(""), Some(0));
    }
}
