//! GHASH (NIST SP 800-38D section 6.4) by the crate `ghash`, over blocks as numbers.

use ghash::universal_hash::UniversalHash;

/// A hash that goes on: what was multiplied, and what was only added.
pub(crate) struct Hash {
    multiplied: ghash::GHash,
    added: u128,
}

impl Hash {
    /// With the key, from where a hash was left.
    pub(crate) fn new(key: u128, left: u128) -> Self {
        Hash { multiplied: ghash::GHash::new(&key.to_be_bytes().into()), added: left }
    }

    /// Adds a block, or a part of one with zeros around it.
    pub(crate) fn add(&mut self, block: u128) {
        self.added ^= block;
    }

    /// The block is complete.
    pub(crate) fn multiply(&mut self) {
        // What the crate has multiplied so far it adds itself.
        self.multiplied.update(&[self.added.to_be_bytes().into()]);
        self.added = 0;
    }

    /// The hash so far.
    pub(crate) fn value(self) -> u128 {
        u128::from_be_bytes(self.multiplied.finalize().into()) ^ self.added
    }
}
