//! What can be had of a stream without entering lwIP: what is in its record, which callbacks of another thread change in critical sections.

use core::num::NonZeroUsize;

use super::TcpStream;
use crate::net::error::Disconnected;
use crate::net::ready::Key;
use crate::net::record::Record;
use crate::net::segment::Segment;
use crate::net::stack::Stack;
use crate::net::token::exclusively;

impl TcpStream {
    /// What no other stream has while this one lives.
    pub(crate) fn identity(&self) -> NonZeroUsize {
        self.record.addr()
    }

    /// [`set_key`](Self::set_key) without entering lwIP.
    pub(crate) fn set_key_in(&mut self, stack: &mut Stack, key: Key) {
        // SAFETY: as in `set_key`. Nobody has to be woken: this is the task that would be.
        _ = stack.ready(|list| unsafe { list.set_key(Record::node(self.record), key) });
    }

    /// [`receive`](Self::receive), and whether there is [more](Self::has_news), without entering lwIP unless that holds something back.
    pub(crate) fn receive_in(&mut self, stack: &mut Stack) -> (Result<Option<Segment>, Disconnected>, bool) {
        let record = self.record.as_ptr();
        // SAFETY: the record is valid while the handle exists. It is changed by this task, which has lent no token, and by callbacks: in
        // this task only while a token is lent, in another not before `exclusively` ends.
        let (received, refused, mut more) =
            exclusively(|| unsafe { ((*record).receive(), (*record).wants_refused(), (*record).has_news()) });
        if refused {
            more = stack.enter(|core| {
                self.offer_again(core);
                self.has_news(core)
            });
        }
        (received, more)
    }

    /// [`at_end`](Self::at_end) without entering lwIP.
    pub(crate) fn at_end_in(&self, _stack: &mut Stack) -> bool {
        let record = self.record.as_ptr();
        // SAFETY: as in `receive_in`.
        exclusively(|| unsafe { (*record).is_at_end() })
    }

    /// [`disconnected`](Self::disconnected) without entering lwIP.
    pub(crate) fn disconnected_in(&self, _stack: &mut Stack) -> Option<Disconnected> {
        let record = self.record.as_ptr();
        // SAFETY: as in `receive_in`.
        exclusively(|| unsafe { (*record).disconnected() })
    }

    /// [`wake`](Self::wake) without entering lwIP.
    pub(crate) fn wake_in(&mut self, stack: &mut Stack) {
        // SAFETY: as in `wake`. Nobody has to be woken: this is the task that would be, and it looks at the list before it sleeps.
        _ = stack.ready(|list| unsafe { list.push(Record::node(self.record)) });
    }
}
