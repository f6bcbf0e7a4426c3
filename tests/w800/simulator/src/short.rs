//! Instructions of 16 bits.

use crate::fault::Fault;
use crate::processor::{
    LINK, Processor, STACK, field, has_no_zero_byte, shift_left, shift_right, shift_right_signed, signed,
};

impl Processor {
    /// Does one; the address of the next.
    pub(crate) fn execute_short(&mut self, instruction: u16) -> Result<u32, Fault> {
        let word = u32::from(instruction);
        let next = self.pc.wrapping_add(2);
        // Three of the eight lower registers, or an immediate instead of the last.
        let (high, middle) = (field(word, 8, 3) as usize, field(word, 5, 3) as usize);
        let five = field(word, 0, 5);
        let eight = field(word, 0, 8);
        // The constants of `lrw`, and what the stack moves by, in words.
        let seven = field(word, 8, 2) << 5 | five;
        match word >> 10 {
            0x00 if word == 0 => return Err(Fault::Breakpoint),
            0x00 => self.registers[middle] = self.constant(0x80 + (!seven & 0x7f))?,
            0x01 => return Ok(self.relative(signed(word, 10))),
            0x02 if self.flag => return Ok(self.relative(signed(word, 10))),
            0x03 if !self.flag => return Ok(self.relative(signed(word, 10))),
            0x02 | 0x03 => {}
            0x04 => self.registers[middle] = self.constant(seven)?,
            0x05 => match field(word, 5, 3) {
                0 => self.registers[STACK] = self.registers[STACK].wrapping_add(seven << 2),
                1 => self.registers[STACK] = self.registers[STACK].wrapping_sub(seven << 2),
                4 => return self.pop(short_list(word)),
                6 => self.push(short_list(word))?,
                _ => return Err(Fault::Unknown(word)),
            },
            0x06 | 0x07 => self.registers[high] = self.registers[STACK].wrapping_add(eight << 2),
            0x08 | 0x09 => self.registers[high] = self.registers[high].wrapping_add(eight + 1),
            0x0a | 0x0b => self.registers[high] = self.registers[high].wrapping_sub(eight + 1),
            0x0c | 0x0d => self.registers[high] = eight,
            0x0e | 0x0f => match field(word, 5, 3) {
                0 => self.flag = self.registers[high] > five,
                1 => self.flag = (self.registers[high] as i32) < five as i32 + 1,
                2 => self.flag = self.registers[high] != five,
                4 => self.registers[high] &= !(1 << five),
                5 => self.registers[high] |= 1 << five,
                6 => self.flag = self.registers[high] >> five & 1 == 1,
                _ => return Err(Fault::Unknown(word)),
            },
            0x10 | 0x11 => self.registers[middle] = self.registers[high] << five,
            0x12 | 0x13 => self.registers[middle] = self.registers[high] >> five,
            0x14 | 0x15 => self.registers[middle] = shift_right_signed(self.registers[high], five),
            0x16 | 0x17 => {
                let (left, right) = (self.registers[high], field(word, 2, 3));
                self.registers[middle] = match word & 3 {
                    0 => left.wrapping_add(self.registers[right as usize]),
                    1 => left.wrapping_sub(self.registers[right as usize]),
                    2 => left.wrapping_add(right + 1),
                    _ => left.wrapping_sub(right + 1),
                };
            }
            0x18..=0x1f => return self.execute_pair(word),
            0x20 | 0x21 => self.registers[middle] = self.load(self.registers[high].wrapping_add(five), 0)?,
            0x22 | 0x23 => {
                self.registers[middle] = self.load(self.registers[high].wrapping_add(five << 1), 1)?;
            }
            0x24 | 0x25 => {
                self.registers[middle] = self.load(self.registers[high].wrapping_add(five << 2), 2)?;
            }
            0x26 | 0x27 => {
                let offset = (field(word, 8, 3) << 5 | five) << 2;
                self.registers[middle] = self.load(self.registers[STACK].wrapping_add(offset), 2)?;
            }
            0x28 | 0x29 => self.store(self.registers[high].wrapping_add(five), 0, self.registers[middle])?,
            0x2a | 0x2b => {
                self.store(self.registers[high].wrapping_add(five << 1), 1, self.registers[middle])?;
            }
            0x2c | 0x2d => {
                self.store(self.registers[high].wrapping_add(five << 2), 2, self.registers[middle])?;
            }
            0x2e | 0x2f => {
                let offset = (field(word, 8, 3) << 5 | five) << 2;
                self.store(self.registers[STACK].wrapping_add(offset), 2, self.registers[middle])?;
            }
            _ => return Err(Fault::Unknown(word)),
        }
        Ok(next)
    }

    /// Two of the sixteen lower registers: the first is changed by the second.
    fn execute_pair(&mut self, word: u32) -> Result<u32, Fault> {
        let next = self.pc.wrapping_add(2);
        let target = field(word, 6, 4) as usize;
        let (left, right) = (self.registers[target], self.registers[field(word, 2, 4) as usize]);
        let result = match word >> 10 << 4 | word & 3 {
            0x180 => left.wrapping_add(right),
            0x181 => self.add_with_carry(left, right),
            0x182 => left.wrapping_sub(right),
            0x183 => self.subtract_with_borrow(left, right),
            // A comparison has its operands the other way round.
            0x190 => return self.compared(right >= left, next),
            0x191 => return self.compared((right as i32) < left as i32, next),
            0x192 => return self.compared(right != left, next),
            0x193 => (!self.flag).into(),
            0x1a0 => left & right,
            0x1a1 => left & !right,
            0x1a2 => return self.compared(left & right != 0, next),
            0x1a3 => return self.compared(has_no_zero_byte(right), next),
            0x1b0 => left | right,
            0x1b1 => left ^ right,
            0x1b2 => !(left | right),
            0x1b3 => right,
            0x1c0 => shift_left(left, right),
            0x1c1 => shift_right(left, right),
            0x1c2 => shift_right_signed(left, right),
            0x1c3 => left.rotate_left(right & 31),
            0x1d0 => right & 0xff,
            0x1d1 => right & 0xffff,
            0x1d2 => right as i8 as u32,
            0x1d3 => right as i16 as u32,
            0x1e0 if target == 0 => return Ok(right & !1),
            0x1e1 if target == LINK => {
                self.registers[LINK] = next;
                return Ok(right & !1);
            }
            0x1e2 => right.swap_bytes(),
            0x1e3 => right.swap_bytes().rotate_left(16),
            0x1f0 => left.wrapping_mul(right),
            0x1f1 => (left as i16 as u32).wrapping_mul(right as i16 as u32),
            _ => return Err(Fault::Unknown(word)),
        };
        self.registers[target] = result;
        Ok(next)
    }

    fn compared(&mut self, outcome: bool, next: u32) -> Result<u32, Fault> {
        self.flag = outcome;
        Ok(next)
    }
}

/// r4 and up, and the link register.
fn short_list(word: u32) -> impl DoubleEndedIterator<Item = usize> {
    let count = field(word, 0, 4) as usize;
    let link = (field(word, 4, 1) == 1).then_some(LINK);
    (4..4 + count).chain(link)
}
