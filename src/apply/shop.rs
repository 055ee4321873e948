//! What all parts of a run share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Settings;
use super::poison::Learning;
use crate::groups::GroupsApi;
use crate::ledger::{Ledger, LedgerError, RunId};
use crate::report::Events;

/// What all parts of a run share.
pub(super) struct Shop<A> {
    pub(super) api: Arc<A>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) run: RunId,
    pub(super) settings: Settings,
    pub(super) events: Events,
    /// The user's wish to stop.
    pub(super) stop: CancellationToken,
    pub(super) learning: Arc<Learning>,
}

impl<A> Clone for Shop<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            ledger: Arc::clone(&self.ledger),
            run: self.run.clone(),
            settings: self.settings,
            events: Arc::clone(&self.events),
            stop: self.stop.clone(),
            learning: Arc::clone(&self.learning),
        }
    }
}

impl<A: GroupsApi> Shop<A> {
    /// Asks or tells the ledger, which may wait for the disk, away from the threads that send.
    pub(super) async fn ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<R, LedgerError> + Send + 'static,
    ) -> Result<R, LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        match tokio::task::spawn_blocking(move || work(&ledger)).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(LedgerError::OutOfOrder("the runtime ended before the ledger answered")),
            },
        }
    }
}
