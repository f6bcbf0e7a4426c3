//! Mbed TLS's functions of GCM (mbedtls/gcm.h).

use core::ffi::{c_int, c_uint, c_void};
use core::slice;

use mbedtls::{
    MBEDTLS_ERR_GCM_AUTH_FAILED, MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL, MBEDTLS_GCM_DECRYPT, mbedtls_cipher_id_t,
    mbedtls_gcm_context, mbedtls_platform_zeroize,
};

use crate::context::{Context, Result, TAG};

unsafe extern "C" {
    /// Of mbedtls/constant_time.h, which the bindings leave out.
    fn mbedtls_ct_memcmp(one: *const c_void, other: *const c_void, length: usize) -> c_int;
}

/// Links these functions, by naming them all. To be called before Mbed TLS is used; it does nothing else.
///
/// Mbed TLS's own are in one member of its library, which a linker leaves out when nothing of it is undefined any more. If it came first, both
/// were there, and the linker would say so.
#[inline(never)]
pub fn install() {
    let functions = [
        mbedtls_gcm_init as *const (),
        mbedtls_gcm_setkey as *const (),
        mbedtls_gcm_starts as *const (),
        mbedtls_gcm_update_ad as *const (),
        mbedtls_gcm_update as *const (),
        mbedtls_gcm_finish as *const (),
        mbedtls_gcm_crypt_and_tag as *const (),
        mbedtls_gcm_auth_decrypt as *const (),
        mbedtls_gcm_free as *const (),
    ];
    core::hint::black_box(&functions);
}

/// `length` bytes; none may be NULL.
///
/// # Safety
/// They are valid for reads for `'b`, if `length` is not 0.
unsafe fn bytes<'b>(start: *const u8, length: usize) -> &'b [u8] {
    match length {
        0 => &[],
        // SAFETY: by contract.
        _ => unsafe { slice::from_raw_parts(start, length) },
    }
}

/// The context of a call.
///
/// # Safety
/// It is initialised, and nobody else uses it during the call.
unsafe fn context<'c>(context: *mut mbedtls_gcm_context) -> &'c mut Context {
    // SAFETY: by contract; it has room for ours, and is aligned alike.
    unsafe { &mut *context.cast() }
}

fn code(result: Result<()>) -> c_int {
    result.err().unwrap_or(0)
}

/// # Safety
/// `ctx` is valid for a write.
#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_init(ctx: *mut mbedtls_gcm_context) {
    // SAFETY: by contract; zeroed is initialised.
    unsafe { ctx.write_bytes(0, 1) };
}

/// # Safety
/// As mbedtls/gcm.h says, here and in all functions below.
#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_setkey(
    ctx: *mut mbedtls_gcm_context,
    cipher: mbedtls_cipher_id_t,
    key: *const u8,
    keybits: c_uint,
) -> c_int {
    // SAFETY: by contract.
    code(unsafe { context(ctx).set_key(cipher, key, keybits) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_starts(
    ctx: *mut mbedtls_gcm_context,
    mode: c_int,
    iv: *const u8,
    iv_len: usize,
) -> c_int {
    // SAFETY: by contract.
    code(unsafe { context(ctx).start(mode, bytes(iv, iv_len)) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_update_ad(
    ctx: *mut mbedtls_gcm_context,
    add: *const u8,
    add_len: usize,
) -> c_int {
    // SAFETY: by contract.
    code(unsafe { context(ctx).authenticate(bytes(add, add_len)) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_update(
    ctx: *mut mbedtls_gcm_context,
    input: *const u8,
    input_length: usize,
    output: *mut u8,
    output_size: usize,
    output_length: *mut usize,
) -> c_int {
    if output_size < input_length {
        return MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL;
    }
    // SAFETY: by contract.
    unsafe {
        *output_length = input_length;
        code(context(ctx).pass(input, output, input_length))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_finish(
    ctx: *mut mbedtls_gcm_context,
    _output: *mut u8,
    _output_size: usize,
    output_length: *mut usize,
    tag: *mut u8,
    tag_len: usize,
) -> c_int {
    // SAFETY: by contract.
    unsafe {
        *output_length = 0;
        code(context(ctx).finish(tag, tag_len))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_crypt_and_tag(
    ctx: *mut mbedtls_gcm_context,
    mode: c_int,
    length: usize,
    iv: *const u8,
    iv_len: usize,
    add: *const u8,
    add_len: usize,
    input: *const u8,
    output: *mut u8,
    tag_len: usize,
    tag: *mut u8,
) -> c_int {
    // SAFETY: by contract.
    let crypt = || unsafe {
        let context = context(ctx);
        context.start(mode, bytes(iv, iv_len))?;
        context.authenticate(bytes(add, add_len))?;
        context.pass(input, output, length)?;
        context.finish(tag, tag_len)
    };
    code(crypt())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_auth_decrypt(
    ctx: *mut mbedtls_gcm_context,
    length: usize,
    iv: *const u8,
    iv_len: usize,
    add: *const u8,
    add_len: usize,
    tag: *const u8,
    tag_len: usize,
    input: *const u8,
    output: *mut u8,
) -> c_int {
    let mut expected = [0; *TAG.end()];
    // SAFETY: by contract; a longer tag than `expected` is refused before it is written.
    unsafe {
        let decrypted = mbedtls_gcm_crypt_and_tag(
            ctx,
            MBEDTLS_GCM_DECRYPT as c_int,
            length,
            iv,
            iv_len,
            add,
            add_len,
            input,
            output,
            tag_len,
            expected.as_mut_ptr(),
        );
        if decrypted != 0 {
            return decrypted;
        }
        // In a time that tells nothing of where they differ.
        if mbedtls_ct_memcmp(tag.cast(), expected.as_ptr().cast(), tag_len) != 0 {
            mbedtls_platform_zeroize(output.cast(), length);
            return MBEDTLS_ERR_GCM_AUTH_FAILED;
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_gcm_free(ctx: *mut mbedtls_gcm_context) {
    if ctx.is_null() {
        return;
    }
    // SAFETY: by contract.
    unsafe {
        context(ctx).free();
        mbedtls_platform_zeroize(ctx.cast(), size_of::<mbedtls_gcm_context>());
    }
}
