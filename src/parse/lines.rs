//! Chunks of text → lines. Engines cut their output anywhere.

/// Longest line in bytes; a longer one is split, so that an output without line ends cannot
/// fill the memory.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Collects chunks and gives back whole lines.
#[derive(Debug, Default)]
pub struct Lines {
    rest: String,
}

impl Lines {
    /// Takes a chunk in and hands every line that it completes, without its end, to `take`.
    pub fn push(&mut self, chunk: &str, mut take: impl FnMut(&str)) {
        for piece in chunk.split_inclusive('\n') {
            match piece.strip_suffix('\n') {
                Some(end) if self.rest.is_empty() => split_long(end, &mut take),
                Some(end) => {
                    self.rest.push_str(end);
                    split_long(&std::mem::take(&mut self.rest), &mut take);
                }
                None => self.keep(piece, &mut take),
            }
        }
    }

    /// Hands out what stands without a line end, at the end of the stream.
    pub fn finish(&mut self, mut take: impl FnMut(&str)) {
        if !self.rest.is_empty() {
            take(&std::mem::take(&mut self.rest));
        }
    }

    fn keep(&mut self, piece: &str, take: &mut impl FnMut(&str)) {
        self.rest.push_str(piece);
        while self.rest.len() > LONGEST_LINE {
            let cut = floor_boundary(&self.rest, LONGEST_LINE);
            let tail = self.rest.split_off(cut);
            take(&std::mem::replace(&mut self.rest, tail));
        }
    }
}

fn split_long(mut line: &str, take: &mut impl FnMut(&str)) {
    while line.len() > LONGEST_LINE {
        let (head, tail) = line.split_at(floor_boundary(line, LONGEST_LINE));
        take(head);
        line = tail;
    }
    take(line);
}

/// The last character boundary at or before `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|position| text.is_char_boundary(*position))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines_of(chunks: &[&str]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for chunk in chunks {
            lines.push(chunk, |line| seen.push(line.to_owned()));
        }
        lines.finish(|line| seen.push(line.to_owned()));
        seen
    }

    #[test]
    fn chunks_that_are_cut_anywhere_give_whole_lines() {
        assert_eq!(lines_of(&["ab", "c\nd", "\n\ne"]), ["abc", "d", "", "e"]);
    }

    #[test]
    fn a_line_without_end_is_split_at_a_character() {
        let long = "é".repeat(LONGEST_LINE);
        let seen = lines_of(&[&long]);
        assert!(seen.iter().all(|line| line.len() <= LONGEST_LINE));
        assert_eq!(seen.concat(), long);
    }

    proptest! {
        #[test]
        fn where_chunks_are_cut_does_not_matter(text in "[a\né]{0,40}", cut in 0usize..40) {
            let cut = floor_boundary(&text, cut.min(text.len()));
            let (head, tail) = text.split_at(cut);
            prop_assert_eq!(lines_of(&[head, tail]), lines_of(&[&text]));
        }
    }
}
