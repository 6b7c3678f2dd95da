//! The same work for many things, on all cores.

use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Items that a thread takes at once, so that threads seldom meet. No more, or the last thread
/// would be waited for.
const TAKEN_AT_ONCE: usize = 16;

/// What `work` makes of each item, in the items' order. Each thread has a state of its own, such
/// as a buffer.
///
/// # Errors
/// One of the errors of `work`. What is at work then is ended, the rest is not begun.
pub(super) fn each<Item, State, Made, Error>(
    items: &[Item],
    state: impl Fn() -> State + Sync,
    work: impl Fn(&mut State, &Item) -> Result<Made, Error> + Sync,
) -> Result<Vec<Made>, Error>
where
    Item: Sync,
    Made: Send,
    Error: Send,
{
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(items.len());
    if threads < 2 {
        let mut state = state();
        return items.iter().map(|item| work(&mut state, item)).collect();
    }
    // Few items may be large ones.
    let at_once = (items.len() / threads).clamp(1, TAKEN_AT_ONCE);
    let next = AtomicUsize::new(0);
    let some_of_them = || {
        let mut state = state();
        let mut done = Vec::new();
        loop {
            let first = next.fetch_add(at_once, Ordering::Relaxed);
            let Some(rest) = items.get(first..).filter(|rest| !rest.is_empty()) else {
                return Ok(done);
            };
            let taken = rest.iter().take(at_once);
            let made: Result<Vec<Made>, Error> = taken.map(|item| work(&mut state, item)).collect();
            match made {
                Ok(made) => done.push((first, made)),
                Err(error) => {
                    next.store(items.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let mut parts = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(some_of_them)).collect();
        let mut parts = some_of_them();
        for other in others {
            // A panic goes on where it would have without threads.
            let part = other.join().unwrap_or_else(|panic| resume_unwind(panic));
            parts = parts.and_then(|mut parts| {
                parts.extend(part?);
                Ok(parts)
            });
        }
        parts
    })?;
    parts.sort_unstable_by_key(|(first, _)| *first);
    Ok(parts.into_iter().flat_map(|(_, made)| made).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        for count in [0, 1, 2, 15, 16, 17, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let made = each(&items, || 1, |one, item| Ok::<_, ()>(*item + *one));
            assert_eq!(made, Ok((1..=count).collect()));
        }
    }

    #[test]
    fn an_error_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let work = |(): &mut (), item: &usize| if *item == 500 { Err(*item) } else { Ok(()) };
        assert_eq!(each(&items, || (), work), Err(500));
    }
}
