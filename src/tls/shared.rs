//! A reference count for one task, whose allocation may fail.

use alloc::boxed::Box;
use core::cell::Cell;
use core::ops::Deref;
use core::ptr::NonNull;

use wm_sys::heap::{self, OutOfMemory};

/// A value with several owners, which never moves: C may keep pointers to it. `Rc` with a fallible start.
pub(super) struct Shared<T>(NonNull<Counted<T>>);

struct Counted<T> {
    owners: Cell<usize>,
    value: T,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Result<Self, OutOfMemory> {
        let counted = heap::try_box(Counted { owners: Cell::new(1), value })?;
        Ok(Shared(NonNull::from(Box::leak(counted))))
    }

    /// The value, while it has no other owner.
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: the block lives while an owner does. With one owner, borrowed mutably, nobody else can reach it.
        let counted = unsafe { self.0.as_mut() };
        (counted.owners.get() == 1).then_some(&mut counted.value)
    }

    fn owners(&self) -> &Cell<usize> {
        // SAFETY: the block lives while an owner does.
        unsafe { &self.0.as_ref().owners }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        self.owners().set(self.owners().get().saturating_add(1));
        Shared(self.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the block lives while an owner does; `get_mut` needs the owner mutably.
        unsafe { &self.0.as_ref().value }
    }
}

/// Counts one owner less; whether that was the last. Owners that were forgotten (`mem::forget`) take no memory, so their number may not fit:
/// where it has reached the end nobody counts any more, and what they own stays.
pub(super) fn last_of(owners: &Cell<usize>) -> bool {
    match owners.get() {
        usize::MAX => false,
        count => {
            owners.set(count.wrapping_sub(1));
            count == 1
        }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        if last_of(self.owners()) {
            // SAFETY: the block came from a box, and this was its last owner.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whose drop is noted.
    struct Noted<'n>(&'n Cell<bool>);

    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    #[test]
    fn the_last_owner_drops_the_value() {
        let dropped = Cell::new(false);
        let owner = Shared::new(Noted(&dropped)).unwrap();
        drop(owner.clone());
        assert!(!dropped.get());
        drop(owner);
        assert!(dropped.get());
    }

    #[test]
    fn owners_that_were_forgotten_keep_the_value() {
        let dropped = Cell::new(false);
        let owner = Shared::new(Noted(&dropped)).unwrap();
        // As many as 32 bits can count, forgotten one by one, in a minute.
        owner.owners().set(usize::MAX - 1);
        (0..3).for_each(|_| core::mem::forget(owner.clone()));
        drop(owner.clone());
        assert!(!dropped.get() && owner.owners().get() == usize::MAX);
        owner.owners().set(1);
    }
}
