//! File operations: those of the firmware's own file system, and those that the library has itself.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use super::abi::{
    LWS_FOP_FLAG_COMPR_IS_GZIP, LWS_FOP_FLAG_MOD_TIME_VALID, lws_context, lws_fileofs_t, lws_filepos_t,
    lws_fop_fd, lws_fop_fd_t, lws_fop_flags_t, lws_fops_index, lws_plat_file_ops,
};
use super::boundary::text;
use super::context::Context;
use super::{export, files, rom};

/// A file that was opened by operations of C; dropped, it is closed.
pub(super) struct OpenFile {
    descriptor: lws_fop_fd_t,
    flags: lws_fop_flags_t,
}

impl OpenFile {
    /// Opens by the operations, or by those of their list that the path leads to.
    ///
    /// # Safety
    /// The operations live as long as the file.
    pub(super) unsafe fn open(
        operations: *const lws_plat_file_ops,
        path: &CStr,
        mut flags: lws_fop_flags_t,
    ) -> Option<Self> {
        // SAFETY: the caller vouches for the operations.
        let descriptor = unsafe { lws_vfs_file_open(operations, path.as_ptr(), &raw mut flags) };
        // SAFETY: NULL, or open.
        let own = unsafe { descriptor.as_ref() }?.flags;
        Some(OpenFile { descriptor, flags: flags | own })
    }

    fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn length(&self) -> u64 {
        // SAFETY: open.
        unsafe { lws_vfs_get_length(self.descriptor) }
    }

    /// What is another number when the content is another.
    pub(super) fn version(&self) -> Option<u64> {
        // SAFETY: open.
        self.has(LWS_FOP_FLAG_MOD_TIME_VALID).then(|| unsafe { lws_vfs_get_mod_time(self.descriptor) }.into())
    }

    pub(super) fn is_gzip(&self) -> bool {
        self.has(LWS_FOP_FLAG_COMPR_IS_GZIP)
    }

    /// Leaves bytes out.
    pub(super) fn skip(&mut self, bytes: u64) -> Option<()> {
        let offset = lws_fileofs_t::try_from(bytes).ok()?;
        // SAFETY: open.
        (offset == 0 || unsafe { lws_vfs_file_seek_cur(self.descriptor, offset) } >= 0).then_some(())
    }

    /// Reads what is next; `None` when the medium fails.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let mut amount = 0;
        // SAFETY: open, and so many bytes are there to be written to.
        let failed = unsafe {
            lws_vfs_file_read(self.descriptor, &raw mut amount, buffer.as_mut_ptr(), buffer.len() as u64)
        };
        usize::try_from(amount).ok().filter(|amount| failed == 0 && *amount <= buffer.len())
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // SAFETY: open, and not used again.
        unsafe { lws_vfs_file_close(&raw mut self.descriptor) };
    }
}

/// The operations, or those of their list of which the path has the sign, and the part of the path behind that.
///
/// # Safety
/// The list is valid, and `path` a C string.
unsafe fn select(
    operations: *const lws_plat_file_ops,
    path: *const c_char,
) -> (*const lws_plat_file_ops, *const c_char) {
    // SAFETY: the caller vouches for both, here and below.
    let whole = unsafe { text(path) }.unwrap_or_default();
    let slashes = whole.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(place, _)| place + 1);
    for end in slashes {
        let front = whole.get(..end).unwrap_or_default();
        // SAFETY: as above.
        let mut other = unsafe { operations.as_ref() }.map_or(ptr::null(), |first| first.next);
        // SAFETY: as above.
        while let Some(each) = unsafe { other.as_ref() } {
            // SAFETY: signs are C strings.
            let mut signs = each.fi.iter().map_while(|index| unsafe { text(index.sig) });
            if signs.any(|sign| !sign.is_empty() && front.ends_with(sign)) {
                // SAFETY: `end` is at most the length of the string.
                return (other, unsafe { path.add(end) });
            }
            other = each.next;
        }
    }
    (operations, ptr::null())
}

/// A file that the library has opened itself. C knows its first member.
#[repr(C)]
struct OwnFile {
    descriptor: lws_fop_fd,
    content: rom::Content,
}

/// The library's operations.
struct Operations(lws_plat_file_ops);

// SAFETY: constant, and what it points to is too.
unsafe impl Sync for Operations {}

const NO_SIGN: lws_fops_index = lws_fops_index { sig: ptr::null(), len: 0 };

static OWN: Operations = Operations(lws_plat_file_ops {
    open: Some(_lws_plat_file_open),
    close: Some(_lws_plat_file_close),
    seek_cur: Some(_lws_plat_file_seek_cur),
    read: Some(_lws_plat_file_read),
    write: Some(_lws_plat_file_write),
    fi: [NO_SIGN; 3],
    next: ptr::null(),
});

/// The library's operations.
pub(super) fn own() -> *const lws_plat_file_ops {
    &raw const OWN.0
}

export! {
    fn lws_set_fops(context: *mut lws_context, fops: *const lws_plat_file_ops) {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        if let Some(context) = unsafe { Context::from_c(context) } {
            context.file_operations.set(fops);
            files::install();
        }
    }

    fn lws_get_fops(context: *mut lws_context) -> *mut lws_plat_file_ops {
        // SAFETY: NULL or valid by contract.
        let set = unsafe { Context::from_c(context) }.map_or(ptr::null(), |context| context.file_operations.get());
        let fops = if set.is_null() { own() } else { set };
        fops.cast_mut()
    }

    fn lws_vfs_file_open(
        fops: *const lws_plat_file_ops,
        vfs_path: *const c_char,
        flags: *mut lws_fop_flags_t,
    ) -> lws_fop_fd_t {
        if vfs_path.is_null() || flags.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: NULL or valid by contract.
        unsafe {
            let (selected, virtual_path) = select(fops, vfs_path);
            let Some(open) = selected.as_ref().and_then(|selected| selected.open) else { return ptr::null_mut() };
            let descriptor = open(selected, vfs_path, virtual_path, flags);
            if let Some(opened) = descriptor.as_mut()
                && opened.fops.is_null()
            {
                opened.fops = selected;
            }
            descriptor
        }
    }

    fn lws_vfs_file_close(fop_fd: *mut lws_fop_fd_t) -> c_int {
        // SAFETY: NULL, or a pointer to NULL or to an open file, by contract.
        let close = unsafe { fop_fd.as_ref().and_then(|descriptor| operations(*descriptor)).and_then(|fops| fops.close) };
        // SAFETY: as above.
        close.map_or(-1, |close| unsafe { close(fop_fd) })
    }

    fn lws_vfs_file_seek_cur(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
        // SAFETY: NULL or open by contract, here and below.
        let seek = unsafe { operations(fop_fd) }.and_then(|fops| fops.seek_cur);
        // SAFETY: as above.
        seek.map_or(-1, |seek| unsafe { seek(fop_fd, offset) })
    }

    fn lws_vfs_file_seek_set(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
        // SAFETY: NULL or open by contract.
        unsafe { lws_vfs_file_seek_cur(fop_fd, offset.wrapping_sub_unsigned(lws_vfs_tell(fop_fd))) }
    }

    fn lws_vfs_file_seek_end(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
        // SAFETY: NULL or open by contract.
        unsafe { lws_vfs_file_seek_set(fop_fd, offset.wrapping_add_unsigned(lws_vfs_get_length(fop_fd))) }
    }

    fn lws_vfs_file_read(fop_fd: lws_fop_fd_t, amount: *mut lws_filepos_t, buf: *mut u8, len: lws_filepos_t) -> c_int {
        // SAFETY: NULL or open by contract, `len` bytes at `buf`.
        unsafe { transfer(fop_fd, amount, buf, len, |fops| fops.read) }
    }

    fn lws_vfs_file_write(fop_fd: lws_fop_fd_t, amount: *mut lws_filepos_t, buf: *mut u8, len: lws_filepos_t) -> c_int {
        // SAFETY: NULL or open by contract, `len` bytes at `buf`.
        unsafe { transfer(fop_fd, amount, buf, len, |fops| fops.write) }
    }

    fn lws_vfs_tell(fop_fd: lws_fop_fd_t) -> lws_filepos_t {
        // SAFETY: NULL or open by contract.
        unsafe { fop_fd.as_ref() }.map_or(0, |file| file.pos)
    }

    fn lws_vfs_get_length(fop_fd: lws_fop_fd_t) -> lws_filepos_t {
        // SAFETY: NULL or open by contract.
        unsafe { fop_fd.as_ref() }.map_or(0, |file| file.len)
    }

    fn lws_vfs_get_mod_time(fop_fd: lws_fop_fd_t) -> u32 {
        // SAFETY: NULL or open by contract.
        unsafe { fop_fd.as_ref() }.map_or(0, |file| file.mod_time)
    }

    fn _lws_plat_file_open(
        fops: *const lws_plat_file_ops,
        filename: *const c_char,
        vpath: *const c_char,
        flags: *mut lws_fop_flags_t,
    ) -> lws_fop_fd_t {
        let _ = vpath;
        // SAFETY: NULL or a C string by contract.
        let Some((content, mod_time)) = (unsafe { text(filename) }).and_then(rom::Content::open) else {
            return ptr::null_mut();
        };
        let mut found = if mod_time.is_some() { LWS_FOP_FLAG_MOD_TIME_VALID } else { 0 };
        // SAFETY: NULL or valid by contract.
        if let Some(flags) = unsafe { flags.as_mut() } {
            found |= *flags;
            *flags = found;
        }
        let descriptor = lws_fop_fd {
            fd: -1,
            fops,
            filesystem_priv: ptr::null_mut(),
            pos: 0,
            len: content.length(),
            flags: found,
            mod_time: mod_time.unwrap_or(0),
        };
        let file = wm_sys::heap::try_box(OwnFile { descriptor, content });
        file.map_or(ptr::null_mut(), |file| alloc::boxed::Box::into_raw(file).cast())
    }

    fn _lws_plat_file_close(fop_fd: *mut lws_fop_fd_t) -> c_int {
        // SAFETY: a pointer to one that `_lws_plat_file_open` has made, or to NULL, by contract.
        unsafe {
            let Some(descriptor) = fop_fd.as_mut().filter(|descriptor| !descriptor.is_null()) else { return -1 };
            drop(alloc::boxed::Box::from_raw(descriptor.cast::<OwnFile>()));
            *descriptor = ptr::null_mut();
        }
        0
    }

    fn _lws_plat_file_seek_cur(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
        // SAFETY: NULL or open by contract.
        let Some(file) = (unsafe { fop_fd.as_mut() }) else { return -1 };
        match file.pos.checked_add_signed(offset).filter(|place| *place <= file.len) {
            Some(place) => {
                file.pos = place;
                lws_fileofs_t::try_from(place).unwrap_or(lws_fileofs_t::MAX)
            }
            None => -1,
        }
    }

    fn _lws_plat_file_read(fop_fd: lws_fop_fd_t, amount: *mut lws_filepos_t, buf: *mut u8, len: lws_filepos_t) -> c_int {
        // SAFETY: NULL, or one that `_lws_plat_file_open` has made, by contract; `len` bytes at `buf`, which nobody reads meanwhile.
        unsafe {
            let (Some(file), Some(amount), false) = (fop_fd.cast::<OwnFile>().as_mut(), amount.as_mut(), buf.is_null()) else {
                return -1;
            };
            *amount = 0;
            let rest = file.descriptor.len.saturating_sub(file.descriptor.pos);
            let length = usize::try_from(rest.min(len)).unwrap_or(usize::MAX).min(isize::MAX as usize);
            let Some(read) = file.content.read(file.descriptor.pos, buf, length) else { return -1 };
            *amount = read as lws_filepos_t;
            file.descriptor.pos += *amount;
        }
        0
    }

    fn _lws_plat_file_write(fop_fd: lws_fop_fd_t, amount: *mut lws_filepos_t, buf: *mut u8, len: lws_filepos_t) -> c_int {
        let _ = (fop_fd, buf, len);
        // SAFETY: NULL or valid by contract.
        if let Some(amount) = unsafe { amount.as_mut() } {
            *amount = 0;
        }
        -1
    }
}

/// The operations of an open file.
///
/// # Safety
/// NULL or open.
unsafe fn operations<'a>(descriptor: lws_fop_fd_t) -> Option<&'a lws_plat_file_ops> {
    // SAFETY: the caller vouches for it, and whoever opens a file names operations that live as long.
    unsafe { descriptor.as_ref().and_then(|file| file.fops.as_ref()) }
}

/// What moves bytes between a file and a buffer.
type Transfer = unsafe extern "C" fn(lws_fop_fd_t, *mut lws_filepos_t, *mut u8, lws_filepos_t) -> c_int;

/// Reads or writes, by whichever of the file's operations it is.
///
/// # Safety
/// NULL or open; `amount` NULL or valid, `buf` NULL or `len` bytes.
unsafe fn transfer(
    descriptor: lws_fop_fd_t,
    amount: *mut lws_filepos_t,
    buf: *mut u8,
    len: lws_filepos_t,
    which: impl FnOnce(&lws_plat_file_ops) -> Option<Transfer>,
) -> c_int {
    if amount.is_null() || buf.is_null() {
        return -1;
    }
    // SAFETY: the caller vouches for all of it.
    unsafe { operations(descriptor).and_then(which).map_or(-1, |run| run(descriptor, amount, buf, len)) }
}
