//! The digest of a recipe: an equivalent is made again when, and only when, this changes.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::domain::{base::BaseRecipe, ids::BaseId, text};

/// Twelve hexadecimal digits of a SHA-256 over the recipe's files and its parents' digests.
///
/// `parents` holds the digests of the bases made so far. A parent that is not among them counts
/// by its name alone. Titles and the upstream reference do not count: they change nothing in
/// what is built.
#[must_use]
pub fn recipe_digest(recipe: &BaseRecipe, parents: &BTreeMap<BaseId, String>) -> String {
    let mut hasher = Sha256::new();
    // Lengths keep `ab` + `c` and `a` + `bc` apart.
    let mut add = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(&(recipe.files.len() as u64).to_le_bytes());
    for (path, bytes) in &recipe.files {
        add(path.as_bytes());
        add(bytes);
    }
    for (argument, parent) in &recipe.base.parents {
        add(argument.as_bytes());
        add(parent.0.as_bytes());
        add(parents.get(parent).map_or("", String::as_str).as_bytes());
    }
    text::hex(&hasher.finalize()[..6])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::base::Base;

    fn recipe(files: &[(&str, &str)], parents: &[(&str, &str)]) -> BaseRecipe {
        let pair = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
        let parent =
            |(argument, id): &(&str, &str)| ((*argument).to_owned(), BaseId((*id).to_owned()));
        BaseRecipe {
            base: Base {
                id: BaseId("x".into()),
                title: "X".into(),
                upstream: "x".into(),
                recipe: "bases/x".into(),
                parents: parents.iter().map(parent).collect(),
                host_packages: Vec::new(),
                rust: None,
                equivalent_summary: "x".into(),
            },
            files: files.iter().map(pair).collect(),
        }
    }

    #[test]
    fn the_digest_depends_on_files_and_parents_and_on_nothing_else() {
        let none = BTreeMap::new();
        let one = BTreeMap::from([(BaseId("p".into()), "1".to_owned())]);
        let digest = recipe_digest(&recipe(&[("a", "bc")], &[("P", "p")]), &one);
        assert_eq!(digest.len(), 12);
        let mut renamed = recipe(&[("a", "bc")], &[("P", "p")]);
        renamed.base.title = "Y".into();
        assert_eq!(recipe_digest(&renamed, &one), digest);
        let others = [
            recipe_digest(&recipe(&[("ab", "c")], &[("P", "p")]), &one),
            recipe_digest(&recipe(&[("a", "bd")], &[("P", "p")]), &one),
            recipe_digest(&recipe(&[("a", "bc"), ("d", "")], &[("P", "p")]), &one),
            recipe_digest(&recipe(&[("a", "bc")], &[("Q", "p")]), &one),
            recipe_digest(&recipe(&[("a", "bc")], &[("P", "p")]), &none),
            recipe_digest(&recipe(&[("a", "bc")], &[]), &one),
        ];
        assert!(!others.contains(&digest), "{others:?}");
    }
}
