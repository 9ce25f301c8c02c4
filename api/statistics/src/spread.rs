//! Work on numbered pieces spread over threads: the results in the order of the pieces, whoever did them. Not how
//! work is cut into pieces.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What comes of each of the numbers below `n`, in their order, on so many threads, each with room of its own. A
/// panic of one is that of all.
pub(crate) fn spread<T: Send, R>(
    n: usize,
    threads: usize,
    room: impl Fn() -> R + Sync,
    work: impl Fn(usize, &mut R) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut room = room();
        std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < n))
            .map(|i| (i, work(i, &mut room)))
            .collect::<Vec<_>>()
    };
    // This thread takes part: what it gave back of its memory before serves it again.
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.clamp(1, n.max(1))).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_pieces_whoever_did_them() {
        for (n, threads) in [(0, 3), (1, 4), (1000, 1), (1000, 3), (2, 0)] {
            let done = AtomicUsize::new(0);
            let of_each = spread(n, threads, Vec::new, |i, own: &mut Vec<usize>| {
                own.push(i);
                done.fetch_add(1, Ordering::Relaxed);
                (i * i, own.len())
            });
            assert!(of_each.iter().map(|r| r.0).eq((0..n).map(|i| i * i)), "{n} on {threads}");
            assert_eq!(done.into_inner(), n);
        }
    }

    #[test]
    #[should_panic = "piece 7"]
    fn a_panic_of_one_is_that_of_all() {
        spread(20, 3, || (), |i, _| assert!(i != 7, "piece {i}"));
    }
}
