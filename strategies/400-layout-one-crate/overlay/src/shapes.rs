//! What the parts have in common.

/// Tables of one part of the service: each word becomes a module with types of its own, written to
/// JSON and read back. The text is short; what the compiler makes of it is not.
macro_rules! tables {
    ($($table:ident)*) => {
        $(
            mod $table {
                use serde::{Deserialize, Serialize};

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                struct Row {
                    id: u64,
                    name: String,
                    tags: Vec<String>,
                    amount: f64,
                    note: Option<String>,
                    state: State,
                    place: Place,
                    history: Vec<Change>,
                }

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                #[serde(tag = "kind", rename_all = "kebab-case")]
                enum State {
                    Open,
                    Waiting { seconds: u32, reason: String },
                    Done { by: String },
                }

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                struct Place {
                    street: String,
                    town: String,
                    code: u32,
                }

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                struct Change {
                    at: u64,
                    from: State,
                    to: State,
                }

                /// Bytes of JSON that a row takes, if it comes back as it was.
                pub(super) fn bytes(id: u64, name: &str) -> Option<usize> {
                    let row = Row {
                        id,
                        name: name.to_owned(),
                        tags: vec![stringify!($table).to_owned()],
                        amount: 1.5,
                        note: None,
                        state: State::Done { by: name.to_owned() },
                        place: Place { street: name.to_owned(), town: name.to_owned(), code: 7000 },
                        history: vec![Change {
                            at: id,
                            from: State::Open,
                            to: State::Waiting { seconds: 1, reason: name.to_owned() },
                        }],
                    };
                    let text = serde_json::to_string(&row).ok()?;
                    let back: Row = serde_json::from_str(&text).ok()?;
                    (back == row).then_some(text.len())
                }
            }
        )*

        /// Bytes of JSON of one row of each table here.
        #[must_use]
        pub fn bytes(name: &str) -> usize {
            let tables: &[fn(u64, &str) -> Option<usize>] = &[$($table::bytes),*];
            let sizes = tables.iter().zip(0..).filter_map(|(table, id)| table(id, name));
            sizes.sum()
        }
    };
}

pub(crate) use tables;
