//! Handles that were dropped without a token wait here until somebody enters the core context.

use core::cell::Cell;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, Ordering};

use critical_section::Mutex;

use super::listener::ListenerRecord;
use super::record::Record;
#[cfg(feature = "client")]
use super::resolver::LookupRecord;
use super::segment;
use super::stream;
use super::token::Core;

/// Records without a handle, linked through `Record::sibling`; listeners are few and linked the same way.
struct Graveyard {
    streams: Cell<*mut Record>,
    listeners: Cell<*mut ListenerRecord>,
    #[cfg(feature = "client")]
    lookups: Cell<*mut LookupRecord>,
}

// SAFETY: the lists own their records, and are reached in a critical section alone.
unsafe impl Send for Graveyard {}

static GRAVEYARD: Mutex<Graveyard> = Mutex::new(Graveyard {
    streams: Cell::new(ptr::null_mut()),
    listeners: Cell::new(ptr::null_mut()),
    #[cfg(feature = "client")]
    lookups: Cell::new(ptr::null_mut()),
});

/// Something was dropped: saves the critical section when nothing was, which is nearly always.
static OCCUPIED: AtomicBool = AtomicBool::new(false);

/// Notes that something was dropped, after it was put where [`empty`] looks.
pub(super) fn note() {
    OCCUPIED.store(true, Ordering::Release);
}

/// Whether something waits for [`empty`].
pub(super) fn is_occupied() -> bool {
    // What is there is read in a critical section, or by who has put it there.
    OCCUPIED.load(Ordering::Relaxed)
}

/// Takes over the record of a dropped stream.
pub(super) fn bury_stream(record: NonNull<Record>) {
    critical_section::with(|cs| {
        let list = &GRAVEYARD.borrow(cs).streams;
        // SAFETY: the record has lost its handle and so has no other sibling; callbacks do not touch the link.
        unsafe { (*record.as_ptr()).sibling = list.get() };
        list.set(record.as_ptr());
    });
    note();
}

/// Takes over the record of a dropped listener.
pub(super) fn bury_listener(record: NonNull<ListenerRecord>) {
    critical_section::with(|cs| {
        let list = &GRAVEYARD.borrow(cs).listeners;
        // SAFETY: the record has lost its handle; the link is the graveyard's.
        unsafe { (*record.as_ptr()).buried = list.get() };
        list.set(record.as_ptr());
    });
    note();
}

/// Takes over the record of a dropped lookup.
#[cfg(feature = "client")]
pub(super) fn bury_lookup(record: NonNull<LookupRecord>) {
    critical_section::with(|cs| {
        let list = &GRAVEYARD.borrow(cs).lookups;
        // SAFETY: the record has lost its handle; the link is the graveyard's, the callback does not touch it.
        unsafe { (*record.as_ptr()).buried = list.get() };
        list.set(record.as_ptr());
    });
    note();
}

#[cfg(feature = "client")]
fn abandon_lookups(core: &mut Core<'_>) {
    let mut lookups = critical_section::with(|cs| GRAVEYARD.borrow(cs).lookups.replace(ptr::null_mut()));
    while let Some(record) = NonNull::new(lookups) {
        // SAFETY: buried records are valid and have no handle.
        unsafe {
            lookups = (*record.as_ptr()).buried;
            LookupRecord::abandon(core, record);
        }
    }
}

/// Closes and frees what was dropped.
pub(super) fn empty(core: &mut Core<'_>) {
    if !is_occupied() {
        return;
    }
    OCCUPIED.store(false, Ordering::Release);
    segment::free_dropped(core);
    #[cfg(feature = "client")]
    abandon_lookups(core);
    let (mut streams, mut listeners) = critical_section::with(|cs| {
        let graveyard = GRAVEYARD.borrow(cs);
        (graveyard.streams.replace(ptr::null_mut()), graveyard.listeners.replace(ptr::null_mut()))
    });
    while let Some(record) = NonNull::new(streams) {
        // SAFETY: buried records are valid and have no handle.
        unsafe {
            streams = (*record.as_ptr()).sibling;
            stream::close_or_abort(core, record);
        }
    }
    while let Some(record) = NonNull::new(listeners) {
        // SAFETY: as above.
        unsafe {
            listeners = (*record.as_ptr()).buried;
            ListenerRecord::free(core, record);
        }
    }
}
