//! One heap for both languages, and allocation that may fail.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::error::Error;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;

mod counted;
#[cfg(feature = "c-heap")]
mod from_c;
#[cfg(feature = "rust-heap")]
mod to_c;

pub use counted::Counted;
#[cfg(feature = "c-heap")]
pub use from_c::CHeap;
#[cfg(feature = "rust-heap")]
pub use to_c::{wm_port_calloc, wm_port_free, wm_port_malloc};

/// What `wm_port_malloc` and `wm_port_calloc` align their blocks to, in bytes.
pub const ALIGNMENT: usize = 8;

/// The heap has no block of that size: give something up, or try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl Error for OutOfMemory {}

/// `Box::new` that reports exhaustion instead of ending the program.
///
/// # Errors
/// [`OutOfMemory`] when the heap has no room; `value` is dropped.
///
/// ```
/// # fn main() -> Result<(), wm_sys::heap::OutOfMemory> {
/// let record = wm_sys::heap::try_box([0u8; 64])?;
/// assert_eq!(record.len(), 64);
/// # Ok(()) }
/// ```
pub fn try_box<T>(value: T) -> Result<Box<T>, OutOfMemory> {
    try_room().map(|room| Box::write(room, value))
}

/// Room for a value, which [`Box::write`] moves there: for a caller who still needs the value when there is none.
///
/// # Errors
/// [`OutOfMemory`] when the heap has no room.
///
/// ```
/// let value = String::from("too precious to lose");
/// let kept = match wm_sys::heap::try_room() {
///     Ok(room) => Box::write(room, value),
///     Err(_) => panic!("no room for {value}"),
/// };
/// # assert_eq!(kept.len(), 20);
/// ```
pub fn try_room<T>() -> Result<Box<MaybeUninit<T>>, OutOfMemory> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(MaybeUninit::uninit())); // a zero-sized box takes nothing from the heap
    }
    // SAFETY: `layout` is not of size zero.
    let block = unsafe { alloc::alloc::alloc(layout) }.cast::<MaybeUninit<T>>();
    if block.is_null() {
        return Err(OutOfMemory);
    }
    // SAFETY: `block` is a fresh allocation of `T`'s layout from the global allocator, what `Box` would have allocated
    // itself; a `MaybeUninit` needs no initialisation.
    unsafe { Ok(Box::from_raw(block)) }
}

/// A boxed slice of `length` items, made one after the other, that reports exhaustion: for tables that never grow.
///
/// # Errors
/// [`OutOfMemory`] when the heap has no room; `make` is not called.
///
/// ```
/// # fn main() -> Result<(), wm_sys::heap::OutOfMemory> {
/// let squares = wm_sys::heap::try_slice(4, |index| index * index)?;
/// assert_eq!(*squares, [0, 1, 4, 9]);
/// # Ok(()) }
/// ```
pub fn try_slice<T>(length: usize, mut make: impl FnMut(usize) -> T) -> Result<Box<[T]>, OutOfMemory> {
    let layout = Layout::array::<T>(length).map_err(|_| OutOfMemory)?;
    if layout.size() == 0 {
        return Ok((0..length).map(make).collect()); // nothing of it is on the heap
    }
    // SAFETY: `layout` is not of size zero.
    let block = unsafe { alloc::alloc::alloc(layout) }.cast::<T>();
    if block.is_null() {
        return Err(OutOfMemory);
    }
    // SAFETY: `block` is a fresh allocation for `length` items, each of which is written before the box exists. If `make`
    // panics, block and items are leaked.
    unsafe {
        (0..length).for_each(|index| block.add(index).write(make(index)));
        Ok(Box::from_raw(ptr::slice_from_raw_parts_mut(block, length)))
    }
}

/// `Vec::extend_from_slice` that reports exhaustion. No panic is left in it for the linker to keep, which
/// `try_reserve` followed by the original does not achieve.
///
/// # Errors
/// [`OutOfMemory`] when the heap has no room; `vec` is as before.
///
/// ```
/// let mut received = Vec::new();
/// wm_sys::heap::try_extend(&mut received, b"GET ")?;
/// wm_sys::heap::try_extend(&mut received, b"/ HTTP/1.1")?;
/// assert_eq!(received, b"GET / HTTP/1.1");
/// # Ok::<(), wm_sys::heap::OutOfMemory>(())
/// ```
#[inline(never)]
pub fn try_extend<T: Copy>(vec: &mut Vec<T>, items: &[T]) -> Result<(), OutOfMemory> {
    vec.try_reserve(items.len()).map_err(|_| OutOfMemory)?;
    let length = vec.len();
    // SAFETY: there is room for `items` behind the `length` initialised elements; `vec` is borrowed mutably, so that
    // the two do not overlap.
    unsafe {
        vec.as_mut_ptr().add(length).copy_from_nonoverlapping(items.as_ptr(), items.len());
        vec.set_len(length + items.len());
    }
    Ok(())
}

/// `Vec::push` that reports exhaustion, and grows by one: for tables that are filled once.
///
/// # Errors
/// [`OutOfMemory`] when the heap has no room; `item` is dropped, `vec` as before.
///
/// ```
/// let mut routes = Vec::new();
/// wm_sys::heap::try_push(&mut routes, "/status")?;
/// assert_eq!(routes, ["/status"]);
/// # Ok::<(), wm_sys::heap::OutOfMemory>(())
/// ```
pub fn try_push<T>(vec: &mut Vec<T>, item: T) -> Result<(), OutOfMemory> {
    vec.try_reserve_exact(1).map_err(|_| OutOfMemory)?;
    let length = vec.len();
    // SAFETY: there is room for one more element behind the `length` initialised ones.
    unsafe {
        vec.as_mut_ptr().add(length).write(item);
        vec.set_len(length + 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    struct CountsDrops<'a>(&'a Cell<usize>);

    impl Drop for CountsDrops<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn a_box_owns_its_value() {
        let drops = Cell::new(0);
        let boxed = try_box(CountsDrops(&drops)).unwrap();
        assert_eq!(drops.get(), 0);
        drop(boxed);
        assert_eq!(drops.get(), 1);
    }

    #[test]
    fn a_slice_owns_its_items() {
        let drops = Cell::new(0);
        drop(try_slice(3, |_| CountsDrops(&drops)).unwrap());
        assert_eq!(drops.get(), 3);
        assert!(try_slice(0, |_| CountsDrops(&drops)).unwrap().is_empty());
        assert_eq!(try_slice(5, |_| ()).unwrap().len(), 5);
        assert!(try_slice(usize::MAX, |_| 0_u64).is_err());
    }

    #[test]
    fn zero_sized_and_overaligned_values() {
        #[repr(align(128))]
        struct Aligned(u8);

        assert_eq!(*try_box(()).unwrap(), ());
        let aligned = try_box(Aligned(7)).unwrap();
        assert_eq!((&raw const *aligned).addr() % 128, 0);
        assert_eq!(aligned.0, 7);
    }
}
