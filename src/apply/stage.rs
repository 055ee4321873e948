//! One bounded concurrent stage.

use std::future::Future;
use std::num::NonZeroUsize;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Runs work on items, at most `limit` of them at once, and collects what comes of it, first finished first.
///
/// The work is spawned: a stream that merely polls its futures starves those in flight while its consumer is busy
/// (measured: a request of 50 ms took 362 ms). When `stop` is cancelled no further item is begun; what runs is
/// awaited.
pub(super) async fn bounded<T, R, F>(
    mut items: impl Iterator<Item = T>,
    limit: NonZeroUsize,
    stop: &CancellationToken,
    work: impl Fn(T) -> F,
) -> Vec<R>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let mut running = JoinSet::new();
    let mut results = Vec::new();
    loop {
        while running.len() < limit.get() && !stop.is_cancelled() {
            let Some(item) = items.next() else { break };
            running.spawn(work(item));
        }
        match running.join_next().await {
            Some(Ok(result)) => results.push(result),
            Some(Err(error)) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
            None => return results,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn limit(value: usize) -> NonZeroUsize {
        NonZeroUsize::new(value).expect("not zero")
    }

    #[tokio::test]
    async fn at_most_the_limit_runs_at_once_and_nothing_is_lost() {
        let (running, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut results = bounded(0..100, limit(7), &CancellationToken::new(), |item| {
            let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                peak.fetch_max(now, Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                item
            }
        })
        .await;
        results.sort_unstable();
        assert_eq!(results, (0..100).collect::<Vec<_>>());
        assert_eq!(peak.load(Ordering::SeqCst), 7);
    }

    #[tokio::test]
    async fn a_stop_finishes_what_runs_and_begins_nothing() {
        let stop = CancellationToken::new();
        let results = bounded(0..100, limit(3), &stop, |item| {
            let stop = stop.clone();
            async move {
                stop.cancel();
                tokio::task::yield_now().await;
                item
            }
        })
        .await;
        assert_eq!(results.len(), 3);
    }
}
