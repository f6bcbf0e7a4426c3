//! `lws_genhash`: hashes that take their input in pieces.

use core::ffi::{c_int, c_void};
use core::ptr;

use alloc::boxed::Box;

use hmac_sha256::{HMAC, Hash as Sha256};
use sha1::Hash as Sha1;

use super::abi::{
    LWS_GENHASH_TYPE_MD5, LWS_GENHASH_TYPE_SHA1, LWS_GENHASH_TYPE_SHA256, LWS_GENHASH_TYPE_SHA384,
    LWS_GENHASH_TYPE_SHA512, LWS_GENHMAC_TYPE_SHA256, LWS_GENHMAC_TYPE_SHA384, LWS_GENHMAC_TYPE_SHA512,
    lws_genhash_ctx, lws_genhash_types, lws_genhmac_ctx, lws_genhmac_types,
};
use super::boundary::{bytes, zero_or_one};
use super::export;

/// A hash under way. It lies in the context of C, which has room for it.
#[derive(Clone, Copy)]
enum Hash {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hash {
    fn of(kind: lws_genhash_types) -> Option<Self> {
        Some(match kind {
            LWS_GENHASH_TYPE_SHA1 => Hash::Sha1(Sha1::new()),
            LWS_GENHASH_TYPE_SHA256 => Hash::Sha256(Sha256::new()),
            _ => {
                log_line!(Error, "lws_genhash_init: only SHA-1 and SHA-256 are there");
                return None;
            }
        })
    }

    /// The one in a context that was begun.
    ///
    /// # Safety
    /// `context` is NULL, or was given to `lws_genhash_init` or zeroed, and is used by nobody else for `'a`.
    unsafe fn from_c<'a>(context: *mut lws_genhash_ctx) -> Option<&'a mut Self> {
        // SAFETY: the caller vouches for it.
        let context = unsafe { context.as_mut() }?;
        let is_begun = lws_genhash_types::from(context.type_) != 0;
        // SAFETY: `lws_genhash_init` has put one there, and sets the type after that.
        is_begun.then(|| unsafe { &mut *(&raw mut context.u).cast::<Self>() })
    }

    fn update(&mut self, input: &[u8]) {
        match self {
            Hash::Sha1(hash) => hash.update(input),
            Hash::Sha256(hash) => hash.update(input),
        }
    }
}

const _: () = {
    let room = lws_genhash_ctx { type_: 0, u: super::abi::lws_genhash_ctx__bindgen_ty_1 { sha512: [0; 27] } };
    assert!(size_of::<Hash>() <= size_of_val(&room.u), "the context of C is too small");
    assert!(align_of::<Hash>() <= align_of::<u64>(), "the context of C begins elsewhere");
};

/// Writes a result, if it is wanted.
///
/// # Safety
/// `to` is NULL, or has room for it.
unsafe fn put(digest: &[u8], to: *mut c_void) {
    if !to.is_null() {
        // SAFETY: the caller vouches for the room.
        unsafe { to.cast::<u8>().copy_from(digest.as_ptr(), digest.len()) };
    }
}

/// The HMAC of a context that was begun; NULL there otherwise.
fn place(context: &mut lws_genhmac_ctx) -> &mut *mut HMAC {
    let [first, ..] = &mut context.ctx;
    // SAFETY: both are thin pointers.
    unsafe { &mut *ptr::from_mut(first).cast::<*mut HMAC>() }
}

export! {
    fn lws_genhash_size(kind: lws_genhash_types) -> usize {
        match kind {
            LWS_GENHASH_TYPE_MD5 => 16,
            LWS_GENHASH_TYPE_SHA1 => 20,
            LWS_GENHASH_TYPE_SHA256 => 32,
            LWS_GENHASH_TYPE_SHA384 => 48,
            LWS_GENHASH_TYPE_SHA512 => 64,
            _ => 0,
        }
    }

    fn lws_genhmac_size(kind: lws_genhmac_types) -> usize {
        match kind {
            LWS_GENHMAC_TYPE_SHA256 => 32,
            LWS_GENHMAC_TYPE_SHA384 => 48,
            LWS_GENHMAC_TYPE_SHA512 => 64,
            _ => 0,
        }
    }

    fn lws_genhash_init(ctx: *mut lws_genhash_ctx, kind: lws_genhash_types) -> c_int {
        if ctx.is_null() {
            return 1;
        }
        let hash = Hash::of(kind);
        // SAFETY: valid by contract, here and in all functions below; the hash fits into `u`.
        unsafe {
            (*ctx).type_ = if hash.is_some() { kind as u8 } else { 0 };
            zero_or_one(hash.map(|hash| (&raw mut (*ctx).u).cast::<Hash>().write(hash)))
        }
    }

    fn lws_genhash_update(ctx: *mut lws_genhash_ctx, input: *const c_void, len: usize) -> c_int {
        // SAFETY: as above; `len` bytes by contract.
        let (hash, input) = unsafe { (Hash::from_c(ctx), bytes(input.cast(), len)) };
        zero_or_one(hash.map(|hash| hash.update(input)))
    }

    fn lws_genhash_destroy(ctx: *mut lws_genhash_ctx, result: *mut c_void) -> c_int {
        // SAFETY: as above; room for the result by contract.
        unsafe {
            let Some(hash) = Hash::from_c(ctx).copied() else { return 1 };
            (*ctx).type_ = 0;
            match hash {
                Hash::Sha1(hash) => put(&hash.finalize(), result),
                Hash::Sha256(hash) => put(&hash.finalize(), result),
            }
        }
        0
    }

    fn lws_genhmac_init(
        ctx: *mut lws_genhmac_ctx,
        kind: lws_genhmac_types,
        key: *const u8,
        key_len: usize,
    ) -> c_int {
        // SAFETY: as above; `key_len` bytes by contract.
        let (context, key) = unsafe { (ctx.as_mut(), bytes(key, key_len)) };
        let Some(context) = context else { return 1 };
        (context.type_, context.hmac, context.ctx) = (kind as u8, ptr::null(), [ptr::null_mut(); 3]);
        if kind != LWS_GENHMAC_TYPE_SHA256 {
            log_line!(Error, "lws_genhmac_init: only SHA-256 is there");
            return 1;
        }
        let hmac = wm_sys::heap::try_box(HMAC::new(key)).ok();
        zero_or_one(hmac.map(|hmac| *place(context) = Box::into_raw(hmac)))
    }

    fn lws_genhmac_update(ctx: *mut lws_genhmac_ctx, input: *const c_void, len: usize) -> c_int {
        // SAFETY: as above; `len` bytes by contract, and NULL or what `lws_genhmac_init` has put there.
        unsafe {
            let hmac = ctx.as_mut().and_then(|context| place(context).as_mut());
            zero_or_one(hmac.map(|hmac| hmac.update(bytes(input.cast(), len))))
        }
    }

    fn lws_genhmac_destroy(ctx: *mut lws_genhmac_ctx, result: *mut c_void) -> c_int {
        // SAFETY: as above; room for the result by contract.
        unsafe {
            let Some(context) = ctx.as_mut() else { return 1 };
            let hmac = core::mem::replace(place(context), ptr::null_mut());
            if hmac.is_null() {
                return 1;
            }
            put(&Box::from_raw(hmac).finalize(), result);
        }
        0
    }
}
