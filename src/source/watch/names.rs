//! Files that editors make for a moment beside the one that is saved.

use std::path::Path;

/// Whether a file of this name belongs to an editor rather than to the app.
pub(super) fn is_temporary(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let swap = [".swp", ".swo", ".swx", ".swpx", ".kate-swp"];
    // vim tries whether it may write with a file named 4913.
    name == "4913"
        || name.ends_with('~')
        || name.starts_with(".#")
        || (name.len() > 1 && name.starts_with('#') && name.ends_with('#'))
        || (name.starts_with('.') && swap.iter().any(|end| name.ends_with(end)))
        || name.starts_with(".goutputstream-")
        || name.ends_with("___jb_tmp___")
        || name.ends_with("___jb_old___")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_editors_are_told_from_sources() {
        for name in [
            "4913",
            "a/.main.rs.swp",
            "main.rs~",
            ".#main.rs",
            "#main.rs#",
        ] {
            assert!(is_temporary(Path::new(name)), "{name}");
        }
        for name in [
            "main.rs",
            "49134",
            "#readme",
            "#",
            "a~/main.rs",
            "swp",
            "data.swp",
        ] {
            assert!(!is_temporary(Path::new(name)), "{name}");
        }
    }
}
