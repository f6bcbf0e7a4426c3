//! One message under one key, in pieces.

use core::ffi::{c_int, c_uint};
use core::ops::RangeInclusive;
use core::ptr;

use mbedtls::{
    MBEDTLS_AES_ENCRYPT, MBEDTLS_ERR_GCM_BAD_INPUT, MBEDTLS_GCM_ENCRYPT, mbedtls_aes_context,
    mbedtls_aes_crypt_ecb, mbedtls_aes_free, mbedtls_aes_init, mbedtls_aes_setkey_enc, mbedtls_cipher_id_t,
    mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_AES, mbedtls_gcm_context,
};

use crate::ghash::Key;

/// Bytes of a block.
const BLOCK: usize = 16;

/// The shortest and the longest tag in bytes (NIST SP 800-38D section 5.2.1.2).
pub(crate) const TAG: RangeInclusive<usize> = 4..=BLOCK;

/// A nonce of so many bytes is the front of the first counter as it is (section 7.1).
const NONCE: usize = 12;

/// The most bytes of a text, and of what is authenticated beside it (section 5.2.1.1).
const LONGEST_TEXT: u64 = (1 << 36) - 32;
const LONGEST_BESIDE: u64 = (1 << 61) - 1;

/// What Mbed TLS's functions return: nothing, or one of its codes.
pub(crate) type Result<T> = core::result::Result<T, c_int>;

/// What lies where others see Mbed TLS's context, which they allocate and never look into. That has room for a table, and points to the cipher;
/// here the cipher lies in the room. Zeroed is initialised.
#[repr(C)]
pub(crate) struct Context {
    cipher: mbedtls_aes_context,
    /// Bytes of the text so far, and of what goes beside it.
    text: u64,
    beside: u64,
    key: Number,
    /// What masks the tag.
    mask: Number,
    counter: Number,
    /// In which a block that is not complete is added, and not multiplied yet.
    hash: Number,
    encrypts: bool,
}

const _: () = assert!(size_of::<Context>() <= size_of::<mbedtls_gcm_context>());
const _: () = assert!(align_of::<Context>() <= align_of::<mbedtls_gcm_context>());

/// A number where no more than 8 bytes are aligned.
#[derive(Clone, Copy)]
struct Number([u8; BLOCK]);

impl From<u128> for Number {
    fn from(number: u128) -> Self {
        Number(number.to_ne_bytes())
    }
}

impl From<Number> for u128 {
    fn from(number: Number) -> Self {
        u128::from_ne_bytes(number.0)
    }
}

impl Context {
    /// # Safety
    /// `key` has so many bits.
    pub(crate) unsafe fn set_key(
        &mut self,
        cipher: mbedtls_cipher_id_t,
        key: *const u8,
        bits: c_uint,
    ) -> Result<()> {
        if cipher != mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_AES || !matches!(bits, 128 | 192 | 256) {
            return Err(MBEDTLS_ERR_GCM_BAD_INPUT);
        }
        // SAFETY: by contract.
        unsafe {
            mbedtls_aes_init(&mut self.cipher);
            check(mbedtls_aes_setkey_enc(&mut self.cipher, key, bits))?;
        }
        self.key = Key::new(self.encrypt(0)?).number().into();
        Ok(())
    }

    /// The key is wanted no more.
    pub(crate) fn free(&mut self) {
        // SAFETY: it is initialised.
        unsafe { mbedtls_aes_free(&mut self.cipher) };
    }

    /// Begins a message.
    pub(crate) fn start(&mut self, mode: c_int, nonce: &[u8]) -> Result<()> {
        if nonce.is_empty() {
            return Err(MBEDTLS_ERR_GCM_BAD_INPUT);
        }
        let counter = match nonce.len() {
            NONCE => first_block(nonce) | 1,
            length => {
                let key = self.key();
                let hash = nonce.chunks(BLOCK).fold(0, |hash, chunk| key.multiply(hash ^ first_block(chunk)));
                key.multiply(hash ^ bits(length as u64))
            }
        };
        self.mask = self.encrypt(counter)?.into();
        self.counter = counter.into();
        self.hash = 0.into();
        (self.text, self.beside) = (0, 0);
        self.encrypts = mode == MBEDTLS_GCM_ENCRYPT as c_int;
        Ok(())
    }

    /// Authenticates what goes beside the text.
    pub(crate) fn authenticate(&mut self, bytes: &[u8]) -> Result<()> {
        let length = longer(self.beside, bytes.len(), LONGEST_BESIDE)?;
        let (key, mut hash) = (self.key(), u128::from(self.hash));
        let mut at = within_block(self.beside);
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.len().min(BLOCK - at));
            hash ^= first_block(piece) >> (8 * at);
            at += piece.len();
            if at == BLOCK {
                (hash, at) = (key.multiply(hash), 0);
            }
            rest = behind;
        }
        self.hash = hash.into();
        self.beside = length;
        Ok(())
    }

    /// Encrypts or decrypts the next bytes of the text. Where input and output overlap, the output is the lower one, or refused.
    ///
    /// # Safety
    /// `input` is valid for reads, `output` for writes of `length` bytes.
    pub(crate) unsafe fn pass(&mut self, input: *const u8, output: *mut u8, length: usize) -> Result<()> {
        // What is written would be read again.
        if output.addr() > input.addr() && output.addr() - input.addr() < length {
            return Err(MBEDTLS_ERR_GCM_BAD_INPUT);
        }
        let end = longer(self.text, length, LONGEST_TEXT)?;
        let (key, mut hash) = (self.key(), u128::from(self.hash));
        if length > 0 && self.text == 0 && within_block(self.beside) > 0 {
            hash = key.multiply(hash);
        }
        let mut counter = u128::from(self.counter);
        let mut at = within_block(self.text);
        let mut passed = 0;
        while passed < length {
            if at == 0 {
                counter = next(counter);
            }
            let count = (length - passed).min(BLOCK - at);
            let mask = self.encrypt(counter)?;
            // SAFETY: `passed + count <= length`, and `at + count <= BLOCK`. Nothing is written that is still to be read.
            unsafe {
                let text = read(input.add(passed), at, count);
                let masked = (text ^ mask) & window(at, count);
                hash ^= if self.encrypts { masked } else { text };
                write(output.add(passed), masked, at, count);
            }
            (at, passed) = (at + count, passed + count);
            if at == BLOCK {
                (hash, at) = (key.multiply(hash), 0);
            }
        }
        self.counter = counter.into();
        self.hash = hash.into();
        self.text = end;
        Ok(())
    }

    /// The front of the tag of all that.
    ///
    /// # Safety
    /// `place` is valid for writes of `length` bytes.
    pub(crate) unsafe fn finish(&self, place: *mut u8, length: usize) -> Result<()> {
        if !TAG.contains(&length) {
            return Err(MBEDTLS_ERR_GCM_BAD_INPUT);
        }
        // SAFETY: by contract; the tag has no fewer.
        unsafe { place.copy_from(self.tag().as_ptr(), length) };
        Ok(())
    }

    fn tag(&self) -> [u8; BLOCK] {
        let (key, mut hash) = (self.key(), u128::from(self.hash));
        if within_block(if self.text > 0 { self.text } else { self.beside }) > 0 {
            hash = key.multiply(hash);
        }
        let hash = key.multiply(hash ^ (bits(self.beside) << 64) ^ bits(self.text));
        (hash ^ u128::from(self.mask)).to_be_bytes()
    }

    fn key(&self) -> Key {
        Key::from_number(self.key.into())
    }

    /// A block through the cipher.
    fn encrypt(&mut self, block: u128) -> Result<u128> {
        let (input, mut output) = (block.to_be_bytes(), [0; BLOCK]);
        let mode = MBEDTLS_AES_ENCRYPT as c_int;
        // SAFETY: the cipher has its key; both have a block.
        check(unsafe { mbedtls_aes_crypt_ecb(&mut self.cipher, mode, input.as_ptr(), output.as_mut_ptr()) })?;
        Ok(u128::from_be_bytes(output))
    }
}

fn check(code: c_int) -> Result<()> {
    if code == 0 { Ok(()) } else { Err(code) }
}

/// A length that grows, within its limit.
fn longer(length: u64, by: usize, limit: u64) -> Result<u64> {
    let sum = length.checked_add(by as u64).filter(|sum| *sum <= limit);
    sum.ok_or(MBEDTLS_ERR_GCM_BAD_INPUT)
}

fn bits(bytes: u64) -> u128 {
    u128::from(bytes) * 8
}

fn within_block(length: u64) -> usize {
    length as usize % BLOCK
}

/// The counter of the next block: its last 32 bits count (section 6.2).
fn next(counter: u128) -> u128 {
    let count = counter as u32;
    counter ^ u128::from(count ^ count.wrapping_add(1))
}

/// The first bytes of `bytes` as a block, zeros behind them.
fn first_block(bytes: &[u8]) -> u128 {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    u128::from_be_bytes(block)
}

/// `count` bytes as a part of a block, from its byte `at` on, zeros around them.
///
/// # Safety
/// `at + count <= BLOCK`, and `bytes` is valid for reads of `count` bytes.
unsafe fn read(bytes: *const u8, at: usize, count: usize) -> u128 {
    if count == BLOCK {
        // SAFETY: by contract. As a number, for whose copy no function is called.
        return u128::from_be(unsafe { bytes.cast::<u128>().read_unaligned() });
    }
    let mut block = [0; BLOCK];
    // SAFETY: by contract.
    unsafe { ptr::copy_nonoverlapping(bytes, block.as_mut_ptr().add(at), count) };
    u128::from_be_bytes(block)
}

/// Writes that part of a block.
///
/// # Safety
/// `at + count <= BLOCK`, and `bytes` is valid for writes of `count` bytes.
unsafe fn write(bytes: *mut u8, block: u128, at: usize, count: usize) {
    if count == BLOCK {
        // SAFETY: by contract.
        return unsafe { bytes.cast::<u128>().write_unaligned(block.to_be()) };
    }
    // SAFETY: by contract.
    unsafe { ptr::copy_nonoverlapping(block.to_be_bytes().as_ptr().add(at), bytes, count) };
}

/// The bits of that part of a block: `count` is not 0.
fn window(at: usize, count: usize) -> u128 {
    match count {
        BLOCK => u128::MAX,
        _ => (u128::MAX >> (8 * at)) & (u128::MAX << (8 * (BLOCK - at - count))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_goes_on_from_its_end_without_the_nonce() {
        let nonce = 0x0123_4567_89ab_cdef_0123_4567 << 32;
        assert_eq!(next(nonce | 0x00ff_ffff), nonce | 0x0100_0000);
        assert_eq!(next(nonce | 0xffff_ffff), nonce);
    }

    #[test]
    fn a_part_of_a_block_lies_where_it_stands() {
        for at in 0..BLOCK {
            for count in 1..=BLOCK - at {
                let bytes = [0xff; BLOCK];
                // SAFETY: a part of a block, and as many bytes.
                let block = unsafe { read(bytes.as_ptr(), at, count) };
                assert_eq!(block, window(at, count), "{at} {count}");
                let mut written = [0; BLOCK];
                // SAFETY: as above.
                unsafe { write(written.as_mut_ptr(), block, at, count) };
                assert!(written.iter().enumerate().all(|(place, byte)| (*byte != 0) == (place < count)));
            }
        }
    }
}
