//! Instructions of 32 bits.

use crate::fault::Fault;
use crate::processor::{
    LINK, Processor, field, has_no_zero_byte, shift_left, shift_right, shift_right_signed, signed,
};

/// The base of global data, which `lrs` and its kin are relative to.
const GLOBALS: usize = 28;

impl Processor {
    /// Does one; the address of the next.
    pub(crate) fn execute_long(&mut self, word: u32) -> Result<u32, Fault> {
        let next = self.pc.wrapping_add(4);
        let (y, x) = (field(word, 21, 5) as usize, field(word, 16, 5) as usize);
        match word >> 26 {
            0x30 => self.execute_control(word)?,
            0x31 => self.execute_registers(word)?,
            0x33 => self.execute_global(word)?,
            0x34 => self.execute_indexed_load(word)?,
            0x35 => self.execute_indexed_store(word)?,
            0x36 => self.execute_load(word)?,
            0x37 => self.execute_store(word)?,
            0x38 => {
                self.registers[LINK] = next;
                return Ok(self.relative(signed(word, 26)));
            }
            0x39 => {
                let (left, immediate) = (self.registers[x], field(word, 0, 12));
                self.registers[y] = match field(word, 12, 4) {
                    0 => left.wrapping_add(immediate + 1),
                    1 => left.wrapping_sub(immediate + 1),
                    2 => left & immediate,
                    3 => left & !immediate,
                    4 => left ^ immediate,
                    _ => return Err(Fault::Unknown(word)),
                };
            }
            0x3a => return self.execute_immediate(word),
            0x3b => self.registers[y] = self.registers[x] | field(word, 0, 16),
            0x3e => self.execute_product(word)?,
            _ => return Err(Fault::Unknown(word)),
        }
        Ok(next)
    }

    /// Barriers, and what the processor's modes are set by: there is one mode, and no interrupt.
    fn execute_control(&mut self, word: u32) -> Result<(), Fault> {
        match field(word, 5, 11) {
            0x021 | 0x421 | 0x241 | 0x261 | 0x281 | 0x381 | 0x3a1 => Ok(()),
            // mfcr: the flag is bit 0 of the status.
            0x301 => {
                self.registers[field(word, 0, 5) as usize] = self.flag.into();
                Ok(())
            }
            _ => Err(Fault::Unknown(word)),
        }
    }

    /// Three registers, or two and a number of five bits.
    fn execute_registers(&mut self, word: u32) -> Result<(), Fault> {
        let (z, x, y) = (field(word, 0, 5), field(word, 16, 5) as usize, field(word, 21, 5));
        let (left, right) = (self.registers[x], self.registers[y as usize]);
        let target = z as usize;
        let result = match field(word, 5, 11) {
            0x001 => left.wrapping_add(right),
            0x002 => self.add_with_carry(left, right),
            0x004 => left.wrapping_sub(right),
            0x008 => self.subtract_with_borrow(left, right),
            0x010 => (left as i32).wrapping_abs() as u32,
            0x021 => return self.compare(left >= right),
            0x022 => return self.compare((left as i32) < right as i32),
            0x024 => return self.compare(left != right),
            0x028 => self.flag.into(),
            0x030 => (!self.flag).into(),
            0x041 => left.wrapping_add(right << 1),
            0x042 => left.wrapping_add(right << 2),
            0x044 => left.wrapping_add(right << 3),
            // By the flag; the register that changes and the number are the other way round.
            0x061 | 0x062 | 0x064 | 0x068 => {
                let (on_true, increment) = (word & 0x140 != 0, word & 0x60 != 0);
                if self.flag == on_true {
                    let delta = if increment { z } else { z.wrapping_neg() };
                    self.registers[y as usize] = left.wrapping_add(delta);
                }
                return Ok(());
            }
            0x081 | 0x082 | 0x084 => {
                let result = left.wrapping_sub(y);
                self.flag = match field(word, 5, 3) {
                    1 => result as i32 > 0,
                    2 => (result as i32) < 0,
                    _ => result != 0,
                };
                result
            }
            0x101 => left & right,
            0x102 => left & !right,
            0x104 => return self.compare(left & right != 0),
            0x108 => return self.compare(has_no_zero_byte(left)),
            0x121 => left | right,
            0x122 => left ^ right,
            0x124 => !(left | right),
            0x141 => left & !(1 << y),
            0x142 => left | 1 << y,
            0x144 => return self.compare(left >> y & 1 == 1),
            0x161 | 0x162 => {
                if self.flag == (word & 0x40 != 0) {
                    self.registers[y as usize] = 0;
                }
                return Ok(());
            }
            0x201 => shift_left(left, right),
            0x202 => shift_right(left, right),
            0x204 => shift_right_signed(left, right),
            0x208 => left.rotate_left(right & 31),
            0x241 => left << y,
            0x242 => left >> y,
            0x244 => shift_right_signed(left, y),
            0x248 => left.rotate_left(y),
            0x261 => {
                self.flag = left >> (31 - y) & 1 == 1;
                shift_left(left, y + 1)
            }
            0x262 => {
                self.flag = left >> y & 1 == 1;
                shift_right(left, y + 1)
            }
            0x264 => {
                self.flag = left >> y & 1 == 1;
                shift_right_signed(left, y + 1)
            }
            0x281 => shift_right(u32::MAX, 31 - y),
            0x282 => shift_left(1, left),
            // zext, sext, ins: bits of a word.
            0x2a0..=0x2bf => left << (31 - field(word, 5, 5)) >> (31 - field(word, 5, 5)) >> y,
            0x2c0..=0x2df => {
                ((left << (31 - field(word, 5, 5))) as i32 >> (31 - field(word, 5, 5)) >> y) as u32
            }
            0x2e0..=0x2ff => {
                let mask = shift_right(u32::MAX, 31 - field(word, 5, 5)) << z;
                let target = &mut self.registers[y as usize];
                *target = *target & !mask | left << z & mask;
                return Ok(());
            }
            0x304 => left.swap_bytes(),
            0x308 => left.swap_bytes().rotate_left(16),
            0x310 => left.reverse_bits(),
            0x381 | 0x382 | 0x384 | 0x388 => {
                let shift = 24 - (field(word, 5, 4).trailing_zeros() << 3);
                let byte = left >> shift & 0xff;
                self.flag = byte != 0;
                byte
            }
            0x3e1 => left.leading_ones(),
            0x3e2 => left.leading_zeros(),
            // What a division by zero gives is nobody's business: compilers look first.
            0x401 => left.checked_div(right).unwrap_or(0),
            0x402 => (left as i32).checked_div(right as i32).unwrap_or(0) as u32,
            0x421 => left.wrapping_mul(right),
            0x441 => return self.multiply(u64::from(left) * u64::from(right)),
            0x442 => return self.multiply(self.product.wrapping_add(u64::from(left) * u64::from(right))),
            0x461 => return self.multiply((i64::from(left as i32) * i64::from(right as i32)) as u64),
            0x481 => (left as i16 as u32).wrapping_mul(right as i16 as u32),
            0x4e1 => (self.product >> 32) as u32,
            0x4e2 => return self.multiply(u64::from(left) << 32 | self.product & 0xffff_ffff),
            0x4e4 => self.product as u32,
            0x4e8 => return self.multiply(self.product >> 32 << 32 | u64::from(left)),
            _ => return Err(Fault::Unknown(word)),
        };
        self.registers[target] = result;
        Ok(())
    }

    fn compare(&mut self, outcome: bool) -> Result<(), Fault> {
        self.flag = outcome;
        Ok(())
    }

    fn multiply(&mut self, product: u64) -> Result<(), Fault> {
        self.product = product;
        Ok(())
    }

    /// Products of 64 bits in a pair of registers, and sums of products.
    fn execute_product(&mut self, word: u32) -> Result<(), Fault> {
        let (z, x, y) =
            (field(word, 0, 5) as usize, field(word, 16, 5) as usize, field(word, 21, 5) as usize);
        let (left, right) = (self.registers[x], self.registers[y]);
        let without_sign = u64::from(left) * u64::from(right);
        let with_sign = (i64::from(left as i32) * i64::from(right as i32)) as u64;
        let pair = (z + 1) % 32;
        let before = u64::from(self.registers[pair]) << 32 | u64::from(self.registers[z]);
        let product = match word & 0xffe0 {
            0x8000 => without_sign,
            0x8080 => before.wrapping_add(without_sign),
            0x8200 => with_sign,
            0x8280 => before.wrapping_add(with_sign),
            0x8440 => {
                self.registers[z] = self.registers[z].wrapping_add(left.wrapping_mul(right));
                return Ok(());
            }
            _ => return Err(Fault::Unknown(word)),
        };
        self.registers[z] = product as u32;
        self.registers[pair] = (product >> 32) as u32;
        Ok(())
    }

    /// Global data, by their distance from r28.
    fn execute_global(&mut self, word: u32) -> Result<(), Fault> {
        let (target, offset) = (field(word, 21, 5) as usize, field(word, 0, 18));
        let at = |shift: u32| self.registers[GLOBALS].wrapping_add(offset << shift);
        match field(word, 18, 3) {
            size @ 0..=2 => self.registers[target] = self.load(at(size), size)?,
            3 => self.registers[target] = self.relative(signed(word, 18)),
            size @ 4..=6 => self.store(at(size - 4), size - 4, self.registers[target])?,
            _ => self.registers[target] = at(0).wrapping_add(1),
        }
        Ok(())
    }

    /// The address is a register plus another one, shifted.
    fn indexed(&self, word: u32) -> Result<u32, Fault> {
        let shift = match field(word, 5, 5) {
            0 | 1 => 0,
            2 => 1,
            4 => 2,
            8 => 3,
            _ => return Err(Fault::Unknown(word)),
        };
        let (base, index) = (field(word, 16, 5) as usize, field(word, 21, 5) as usize);
        Ok(self.registers[base].wrapping_add(self.registers[index] << shift))
    }

    fn execute_indexed_load(&mut self, word: u32) -> Result<(), Fault> {
        if field(word, 5, 11) == 0x0e1 {
            let mut address = self.registers[field(word, 16, 5) as usize];
            for register in many(word) {
                self.registers[register] = self.load(address, 2)?;
                address = address.wrapping_add(4);
            }
            return Ok(());
        }
        let (address, target) = (self.indexed(word)?, field(word, 0, 5) as usize);
        self.registers[target] = match field(word, 10, 6) {
            size @ 0..=2 => self.load(address, size)?,
            size @ 4..=5 => self.load_signed(address, size - 4)?,
            _ => return Err(Fault::Unknown(word)),
        };
        Ok(())
    }

    fn execute_indexed_store(&mut self, word: u32) -> Result<(), Fault> {
        if field(word, 5, 11) == 0x0e1 {
            let mut address = self.registers[field(word, 16, 5) as usize];
            for register in many(word) {
                self.store(address, 2, self.registers[register])?;
                address = address.wrapping_add(4);
            }
            return Ok(());
        }
        let (address, source) = (self.indexed(word)?, field(word, 0, 5) as usize);
        match field(word, 10, 6) {
            size @ 0..=2 => self.store(address, size, self.registers[source]),
            _ => Err(Fault::Unknown(word)),
        }
    }

    fn execute_load(&mut self, word: u32) -> Result<(), Fault> {
        let (base, target) = (self.registers[field(word, 16, 5) as usize], field(word, 21, 5) as usize);
        let at = |shift: u32| base.wrapping_add(field(word, 0, 12) << shift);
        match field(word, 12, 4) {
            size @ 0..=2 => self.registers[target] = self.load(at(size), size)?,
            // Two words, for a number of 64 bits.
            3 => {
                self.registers[target] = self.load(at(2), 2)?;
                self.registers[(target + 1) % 32] = self.load(at(2).wrapping_add(4), 2)?;
            }
            size @ 4..=5 => self.registers[target] = self.load_signed(at(size - 4), size - 4)?,
            _ => return Err(Fault::Unknown(word)),
        }
        Ok(())
    }

    fn execute_store(&mut self, word: u32) -> Result<(), Fault> {
        let (base, source) = (self.registers[field(word, 16, 5) as usize], field(word, 21, 5) as usize);
        let at = |shift: u32| base.wrapping_add(field(word, 0, 12) << shift);
        match field(word, 12, 4) {
            size @ 0..=2 => self.store(at(size), size, self.registers[source]),
            3 => {
                self.store(at(2), 2, self.registers[source])?;
                self.store(at(2).wrapping_add(4), 2, self.registers[(source + 1) % 32])
            }
            _ => Err(Fault::Unknown(word)),
        }
    }

    /// Branches, and a register with a number of 16 bits.
    fn execute_immediate(&mut self, word: u32) -> Result<u32, Fault> {
        let next = self.pc.wrapping_add(4);
        let x = field(word, 16, 5) as usize;
        let (value, immediate) = (self.registers[x], field(word, 0, 16));
        let target = self.relative(signed(word, 16));
        let branch = |taken: bool| Ok(if taken { target } else { next });
        match field(word, 21, 5) {
            0x00 => return Ok(target),
            0x02 => return branch(!self.flag),
            0x03 => return branch(self.flag),
            0x06 => return Ok(value & !1),
            0x07 => {
                self.registers[LINK] = next;
                return Ok(value & !1);
            }
            0x08 => return branch(value == 0),
            0x09 => return branch(value != 0),
            0x0a => return branch(value as i32 > 0),
            0x0b => return branch(value as i32 <= 0),
            0x0c => return branch((value as i32) < 0),
            0x0d => return branch(value as i32 >= 0),
            0x10 => self.registers[x] = immediate,
            0x11 => self.registers[x] = immediate << 16,
            0x14 => self.registers[x] = self.constant(immediate)?,
            0x16 => return self.constant(immediate),
            0x17 => {
                self.registers[LINK] = next;
                return self.constant(immediate);
            }
            0x18 => self.flag = value > immediate,
            0x19 => self.flag = i64::from(value as i32) < i64::from(immediate) + 1,
            0x1a => self.flag = value != immediate,
            0x1e => return self.pop(long_list(word)),
            0x1f => self.push(long_list(word))?,
            _ => return Err(Fault::Unknown(word)),
        }
        Ok(next)
    }
}

/// The registers of `ldm` and `stm`.
fn many(word: u32) -> impl Iterator<Item = usize> {
    let (first, more) = (field(word, 21, 5) as usize, field(word, 0, 5) as usize);
    (first..=first + more).map(|register| register % 32)
}

/// r4 and up, the link register, r16 and up, and r28.
fn long_list(word: u32) -> impl DoubleEndedIterator<Item = usize> {
    let (low, high) = (field(word, 0, 4) as usize, field(word, 5, 3) as usize);
    let link = (field(word, 4, 1) == 1).then_some(LINK);
    let globals = (field(word, 8, 1) == 1).then_some(GLOBALS);
    (4..4 + low).chain(link).chain(16..16 + high).chain(globals)
}
