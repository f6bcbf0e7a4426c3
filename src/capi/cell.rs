//! [`RefCell`] as this API uses it.

use core::cell::{self, BorrowMutError, Ref, RefMut};

/// A [`cell::RefCell`] whose message, when something is borrowed twice, names no line: the place and how it gets there take 24 bytes of
/// flash wherever something is borrowed, for what never happens.
#[derive(Default)]
pub(super) struct RefCell<T>(cell::RefCell<T>);

impl<T> RefCell<T> {
    pub(super) const fn new(value: T) -> Self {
        RefCell(cell::RefCell::new(value))
    }

    pub(super) fn borrow(&self) -> Ref<'_, T> {
        self.0.try_borrow().unwrap_or_else(|_| borrowed_twice())
    }

    pub(super) fn borrow_mut(&self) -> RefMut<'_, T> {
        self.0.try_borrow_mut().unwrap_or_else(|_| borrowed_twice())
    }

    pub(super) fn try_borrow_mut(&self) -> Result<RefMut<'_, T>, BorrowMutError> {
        self.0.try_borrow_mut()
    }

    pub(super) fn replace(&self, value: T) -> T {
        core::mem::replace(&mut *self.borrow_mut(), value)
    }

    pub(super) fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }
}

#[cold]
#[inline(never)]
fn borrowed_twice() -> ! {
    panic!("borrowed twice")
}
