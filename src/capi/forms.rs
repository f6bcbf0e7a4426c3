//! `lws_spa`: the body of a form, its values kept, its files handed on.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::{
    LWS_UFS_CLOSE, LWS_UFS_CONTENT, LWS_UFS_FINAL_CONTENT, LWS_UFS_OPEN, lws, lws_spa, lws_spa_create_info_t,
    lws_spa_fileupload_cb, lws_spa_fileupload_states, lwsac,
};
use super::arena::{self, lwsac_free};
use super::boundary::{bytes, int, length, text, zero_or_negative};
use super::export;
use super::wsi::Wsi;
use crate::http::{FormDecoder, FormField, FormPart};

/// What all values have room in, unless the application says otherwise.
const STORAGE: usize = 512;

const URLENCODED: &[u8] = b"application/x-www-form-urlencoded";

/// A form that is being read.
struct Spa {
    decoder: FormDecoder,
    fields: Fields,
    is_finished: bool,
    /// Whose it is, with its values: it ends with that. NULL: the application destroys it.
    arena: *mut *mut lwsac,
    next: *mut Spa,
}

/// The forms that there are. With an arena a program may destroy one that has ended with that: it is known by not being among these.
static FIRST: AtomicPtr<Spa> = AtomicPtr::new(ptr::null_mut());

/// The place of the pointer to a form, among those that there are. All functions are called in one task.
fn place_of(spa: *mut Spa) -> Option<*mut *mut Spa> {
    let mut place = FIRST.as_ptr();
    // SAFETY: the list has forms that were not freed, and nobody else changes it meanwhile.
    unsafe {
        while !(*place).is_null() && !ptr::eq(*place, spa) {
            place = &raw mut (**place).next;
        }
        (!spa.is_null() && ptr::eq(*place, spa)).then_some(place)
    }
}

/// What comes of it.
struct Fields {
    names: *const *const c_char,
    /// Bytes from one name to the next.
    stride: usize,
    /// Values, each with a zero byte behind it, in memory that never moves: C keeps pointers into it.
    storage: Vec<u8>,
    /// By number: where the value begins, and how long it is.
    values: Vec<Option<(usize, usize)>>,
    open: Open,
    /// Of several values with one name the last is taken, not the first.
    takes_last: bool,
    callback: lws_spa_fileupload_cb,
    data: *mut c_void,
    /// Name and file name of the last file, as C strings.
    name: Vec<u8>,
    file_name: Vec<u8>,
}

/// What the field that is open is.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    /// Nothing that is wanted.
    Unwanted,
    /// Of the field with this number, from there in the storage on.
    Value(usize, usize),
    File,
}

impl Spa {
    /// # Safety
    /// The names of `info` outlive the form.
    unsafe fn new(wsi: &Wsi, info: &lws_spa_create_info_t) -> Option<Box<Self>> {
        let decoder = {
            let head = wsi.head.borrow();
            let content_type = head.as_ref()?.value(b"content-type").unwrap_or(URLENCODED);
            // What is of another kind, libwebsockets takes for pairs, too.
            FormDecoder::new(content_type).or_else(|_| FormDecoder::new(URLENCODED)).ok()?
        };
        let count = if info.param_names.is_null() { 0 } else { length(info.count_params) };
        let room = if info.max_storage <= 0 { STORAGE } else { length(info.max_storage) };
        let (mut values, mut storage) = (Vec::new(), Vec::new());
        values.try_reserve_exact(count).ok()?;
        values.resize(count, None);
        storage.try_reserve_exact(room).ok()?;
        let fields = Fields {
            names: info.param_names,
            stride: if info.param_names_stride == 0 {
                size_of::<*const c_char>()
            } else {
                info.param_names_stride
            },
            storage,
            values,
            open: Open::Unwanted,
            takes_last: !info.ac.is_null(),
            callback: info.opt_cb,
            data: info.opt_data,
            name: Vec::new(),
            file_name: Vec::new(),
        };
        let spa = Spa { decoder, fields, is_finished: false, arena: info.ac, next: ptr::null_mut() };
        wm_sys::heap::try_box(spa).ok()
    }

    /// Hands it to C. `None`: there is no memory in its arena.
    ///
    /// # Safety
    /// `arena` is NULL or one of the application's, with chunks of that size.
    unsafe fn hand_out(mut self: Box<Self>, chunk_size: usize) -> Option<*mut Spa> {
        self.next = FIRST.load(Ordering::Relaxed);
        let arena = self.arena;
        let spa = Box::into_raw(self);
        FIRST.store(spa, Ordering::Relaxed);
        if arena.is_null() {
            return Some(spa);
        }
        // SAFETY: the caller vouches for the arena; the form is freed once, for it leaves the list then.
        let attached = unsafe { arena::attach(arena, chunk_size, spa.cast(), Spa::free) };
        if attached.is_none() {
            // SAFETY: nobody has it yet.
            unsafe { Spa::free(spa.cast()) };
        }
        attached.map(|()| spa)
    }

    /// Frees a form, if it is one.
    ///
    /// # Safety
    /// `spa` is NULL, or was handed out once.
    unsafe fn free(spa: *mut c_void) {
        let spa = spa.cast::<Spa>();
        if let Some(place) = place_of(spa) {
            // SAFETY: it is among those that were not freed, and leaves them here.
            unsafe {
                *place = (*spa).next;
                Box::from_raw(spa).close();
            }
        }
    }

    /// The form behind C's pointer.
    ///
    /// # Safety
    /// `spa` is NULL or came from `lws_spa_create`, and is used by nobody else for `'a`.
    unsafe fn from_c<'a>(spa: *mut lws_spa) -> Option<&'a mut Self> {
        // SAFETY: among those that were not freed.
        place_of(spa.cast()).map(|place| unsafe { &mut **place })
    }

    /// `None`: it is given up.
    fn process(&mut self, input: &[u8]) -> Option<()> {
        let mut rest = input;
        while !rest.is_empty() && !self.is_finished {
            let step = self.decoder.decode(rest).map_err(|error| log_line!(Warn, "{error}")).ok()?;
            rest = rest.get(step.consumed..)?;
            if let Some(part) = step.part {
                self.fields.take(part)?;
            }
        }
        Some(())
    }

    fn finish(&mut self) -> Option<()> {
        if self.is_finished {
            return Some(());
        }
        loop {
            match self.decoder.finish() {
                Ok(Some(part)) => self.fields.take(part)?,
                Ok(None) => break,
                Err(error) => {
                    log_line!(Warn, "{error}");
                    return None;
                }
            }
        }
        self.close();
        Some(())
    }

    /// Nothing comes any more.
    fn close(&mut self) {
        if !core::mem::replace(&mut self.is_finished, true) {
            self.fields.call(LWS_UFS_CLOSE, b"");
        }
    }
}

impl Fields {
    fn take(&mut self, part: FormPart<'_>) -> Option<()> {
        match (part, self.open) {
            (FormPart::Field(field), _) => self.begin(&field),
            (FormPart::Data(bytes), Open::Value(..)) => self.store(bytes),
            (FormPart::Data(bytes), Open::File) => self.call(LWS_UFS_CONTENT, bytes),
            (FormPart::End, Open::File) => self.call(LWS_UFS_FINAL_CONTENT, b""),
            (FormPart::End, Open::Value(number, start)) => {
                let value = self.values.get_mut(number)?;
                // Of several with one name libwebsockets has the first, or in an arena the last; what is empty is none to it.
                if self.takes_last || value.is_none_or(|(_, length)| length == 0) {
                    *value = Some((start, self.storage.len() - start));
                }
                // The zero byte, for which `store` leaves room.
                self.storage.push(0);
                Some(())
            }
            (_, Open::Unwanted) => Some(()),
        }
    }

    fn begin(&mut self, field: &FormField<'_>) -> Option<()> {
        // An `input` of files where nobody chose one has a name that is empty: that is a value, too.
        if let Some(file_name) = field.file_name.filter(|name| !name.is_empty()) {
            self.open = Open::File;
            keep(&mut self.name, field.name)?;
            keep(&mut self.file_name, file_name)?;
            return self.call(LWS_UFS_OPEN, b"");
        }
        self.open = Open::Unwanted;
        if let Some(number) = (0..self.values.len()).find(|number| self.is_named(*number, field.name)) {
            self.open = Open::Value(number, self.storage.len());
            // Even an empty value needs room for its zero byte.
            return self.store(b"");
        }
        Some(())
    }

    fn is_named(&self, number: usize, name: &str) -> bool {
        // SAFETY: there are as many names as values, that far from each other, C strings by contract.
        let each = unsafe { text(self.names.byte_add(number * self.stride).read()) };
        each == Some(name.as_bytes())
    }

    fn store(&mut self, bytes: &[u8]) -> Option<()> {
        if self.storage.len() + bytes.len() >= self.storage.capacity() {
            log_line!(Warn, "the values of a form are longer than {} bytes", self.storage.capacity());
            return None;
        }
        self.storage.extend_from_slice(bytes);
        Some(())
    }

    fn call(&self, state: lws_spa_fileupload_states, bytes: &[u8]) -> Option<()> {
        let Some(callback) = self.callback else { return Some(()) };
        let c_text = |text: &Vec<u8>| if text.is_empty() { c"".as_ptr() } else { text.as_ptr().cast() };
        let content = if bytes.is_empty() { ptr::null_mut() } else { bytes.as_ptr().cast_mut().cast() };
        // SAFETY: the application's function, with what it asked for; names end with a zero byte.
        let result = unsafe {
            callback(self.data, c_text(&self.name), c_text(&self.file_name), content, int(bytes.len()), state)
        };
        (result >= 0).then_some(())
    }

    fn value(&self, number: c_int) -> Option<&[u8]> {
        let (start, length) = (*self.values.get(usize::try_from(number).ok()?)?)?;
        self.storage.get(start..start + length)
    }
}

/// Keeps a text as a C string.
fn keep(kept: &mut Vec<u8>, text: &str) -> Option<()> {
    kept.clear();
    wm_sys::heap::try_extend(kept, text.as_bytes()).ok()?;
    wm_sys::heap::try_push(kept, 0).ok()
}

export! {
    fn lws_spa_create_via_info(wsi: *mut lws, info: *const lws_spa_create_info_t) -> *mut lws_spa {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        let spa = unsafe {
            let (Some(wsi), Some(info)) = (Wsi::from_c(wsi), info.as_ref()) else { return ptr::null_mut() };
            Spa::new(wsi, info).and_then(|spa| spa.hand_out(info.ac_chunk_size))
        };
        spa.map_or(ptr::null_mut(), |spa| spa.cast())
    }

    fn lws_spa_create(
        wsi: *mut lws,
        param_names: *const *const c_char,
        count_params: c_int,
        max_storage: c_int,
        opt_cb: lws_spa_fileupload_cb,
        opt_data: *mut c_void,
    ) -> *mut lws_spa {
        let info = lws_spa_create_info_t {
            param_names,
            count_params,
            max_storage,
            opt_cb,
            opt_data,
            param_names_stride: 0,
            ac: ptr::null_mut(),
            ac_chunk_size: 0,
        };
        // SAFETY: passed on.
        unsafe { lws_spa_create_via_info(wsi, &raw const info) }
    }

    fn lws_spa_process(spa: *mut lws_spa, input: *const c_char, len: c_int) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `input`.
        let processed = unsafe { Spa::from_c(spa).and_then(|spa| spa.process(bytes(input.cast(), length(len)))) };
        zero_or_negative(processed)
    }

    fn lws_spa_finalize(spa: *mut lws_spa) -> c_int {
        // SAFETY: NULL or valid by contract.
        zero_or_negative(unsafe { Spa::from_c(spa) }.and_then(Spa::finish))
    }

    fn lws_spa_get_string(spa: *mut lws_spa, n: c_int) -> *const c_char {
        // SAFETY: NULL or valid by contract.
        let value = unsafe { Spa::from_c(spa) }.and_then(|spa| spa.fields.value(n));
        value.map_or(ptr::null(), |value| value.as_ptr().cast())
    }

    fn lws_spa_get_length(spa: *mut lws_spa, n: c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Spa::from_c(spa) }.and_then(|spa| spa.fields.value(n)).map_or(0, |value| int(value.len()))
    }

    fn lws_spa_destroy(spa: *mut lws_spa) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(arena) = (unsafe { Spa::from_c(spa) }).map(|spa| spa.arena) else { return -1 };
        // SAFETY: as above; an arena takes its forms with it.
        unsafe { if arena.is_null() { Spa::free(spa.cast()) } else { lwsac_free(arena) } };
        0
    }
}
