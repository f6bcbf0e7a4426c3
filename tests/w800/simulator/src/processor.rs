//! The processor: registers, and the turn of one instruction after another.
//!
//! XT804 is a core of C-SKY's second instruction set: instructions of 16 and of 32 bits, 32 registers, one flag. Here are the
//! instructions of integers that gcc and LLVM use for a ck804ef; what is unknown is a [`Fault`], never passed over.

use std::fmt;

use crate::board::{Board, DEVICES};
use crate::fault::Fault;
use crate::memory::{Memory, RAM_END};

/// Registers with a meaning.
pub(crate) const STACK: usize = 14;
pub(crate) const LINK: usize = 15;

/// The bits that tell an instruction of 32 bits by its first half.
const LONG: u16 = 0xc000;

/// One core with its memory and devices.
pub(crate) struct Processor {
    pub(crate) registers: [u32; 32],
    pub(crate) pc: u32,
    /// The flag C: the outcome of a comparison, and the carry.
    pub(crate) flag: bool,
    /// HI and LO of the multiplications that have 64 bits.
    pub(crate) product: u64,
    pub(crate) progress: Progress,
    pub(crate) memory: Memory,
    pub(crate) board: Board,
}

/// What a firmware has done and taken so far.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) instructions: u64,
    /// The lowest address that the stack pointer has had.
    lowest_stack: u32,
}

impl Progress {
    /// Bytes of the stack that were in use at most: it ends where the RAM does.
    pub(crate) fn stack(self) -> u32 {
        RAM_END.saturating_sub(self.lowest_stack)
    }
}

impl Processor {
    pub(crate) fn new(memory: Memory, board: Board, entry: u32) -> Self {
        let progress = Progress { instructions: 0, lowest_stack: RAM_END };
        Self { registers: [0; 32], pc: entry, flag: false, product: 0, progress, memory, board }
    }

    /// Runs until the firmware ends; its exit code.
    pub(crate) fn run(&mut self) -> Result<u32, Fault> {
        loop {
            self.step()?;
            if let Some(code) = self.board.exit {
                return Ok(code);
            }
        }
    }

    fn step(&mut self) -> Result<(), Fault> {
        let first = u16::from_le_bytes(self.memory.load(self.pc)?);
        self.progress.instructions += 1;
        let next = if first & LONG == LONG {
            // The half with the operation comes first, whatever the order of bytes.
            let second = u16::from_le_bytes(self.memory.load(self.pc.wrapping_add(2))?);
            self.execute_long(u32::from(first) << 16 | u32::from(second))?
        } else {
            self.execute_short(first)?
        };
        self.pc = next;
        // There is none before the first instructions.
        if self.registers[STACK] != 0 {
            self.progress.lowest_stack = self.progress.lowest_stack.min(self.registers[STACK]);
        }
        Ok(())
    }

    /// The address `halves` half words from this instruction.
    pub(crate) fn relative(&self, halves: i32) -> u32 {
        self.pc.wrapping_add_signed(halves << 1)
    }

    /// The word of this function's constants, `words` behind this instruction.
    pub(crate) fn constant(&self, words: u32) -> Result<u32, Fault> {
        let address = self.pc.wrapping_add(words << 2) & !3;
        Ok(u32::from_le_bytes(self.memory.load(address)?))
    }

    /// A byte, a half word or a word, by the logarithm of its length.
    pub(crate) fn load(&mut self, address: u32, size: u32) -> Result<u32, Fault> {
        aligned(address, size)?;
        if address >= DEVICES {
            return self.board.load(address);
        }
        Ok(match size {
            0 => u8::from_le_bytes(self.memory.load(address)?).into(),
            1 => u16::from_le_bytes(self.memory.load(address)?).into(),
            _ => u32::from_le_bytes(self.memory.load(address)?),
        })
    }

    pub(crate) fn load_signed(&mut self, address: u32, size: u32) -> Result<u32, Fault> {
        let value = self.load(address, size)?;
        Ok(match size {
            0 => value as i8 as u32,
            1 => value as i16 as u32,
            _ => value,
        })
    }

    pub(crate) fn store(&mut self, address: u32, size: u32, value: u32) -> Result<(), Fault> {
        aligned(address, size)?;
        if address >= DEVICES {
            return self.board.store(address, value, &mut self.memory, self.progress);
        }
        match size {
            0 => self.memory.store(address, (value as u8).to_le_bytes()),
            1 => self.memory.store(address, (value as u16).to_le_bytes()),
            _ => self.memory.store(address, value.to_le_bytes()),
        }
    }

    /// Registers leave for the stack, the highest first.
    pub(crate) fn push(&mut self, list: impl DoubleEndedIterator<Item = usize>) -> Result<(), Fault> {
        for register in list.rev() {
            let address = self.registers[STACK].wrapping_sub(4);
            self.store(address, 2, self.registers[register])?;
            self.registers[STACK] = address;
        }
        Ok(())
    }

    /// Registers come back, the lowest first, and the function returns.
    pub(crate) fn pop(&mut self, list: impl Iterator<Item = usize>) -> Result<u32, Fault> {
        for register in list {
            let address = self.registers[STACK];
            self.registers[register] = self.load(address, 2)?;
            self.registers[STACK] = address.wrapping_add(4);
        }
        Ok(self.registers[LINK] & !1)
    }

    pub(crate) fn add_with_carry(&mut self, left: u32, right: u32) -> u32 {
        let (sum, first) = left.overflowing_add(right);
        let (sum, second) = sum.overflowing_add(self.flag.into());
        self.flag = first || second;
        sum
    }

    /// The flag says that there was nothing to borrow.
    pub(crate) fn subtract_with_borrow(&mut self, left: u32, right: u32) -> u32 {
        let (difference, first) = left.overflowing_sub(right);
        let (difference, second) = difference.overflowing_sub((!self.flag).into());
        self.flag = !(first || second);
        difference
    }
}

fn aligned(address: u32, size: u32) -> Result<(), Fault> {
    if address & ((1 << size) - 1) == 0 { Ok(()) } else { Err(Fault::Misaligned(address)) }
}

/// Shifts take six bits of their count: beyond 31 nothing is left, or only the sign.
pub(crate) fn shift_left(value: u32, count: u32) -> u32 {
    value.checked_shl(count & 63).unwrap_or(0)
}

pub(crate) fn shift_right(value: u32, count: u32) -> u32 {
    value.checked_shr(count & 63).unwrap_or(0)
}

pub(crate) fn shift_right_signed(value: u32, count: u32) -> u32 {
    ((value as i32) >> (count & 63).min(31)) as u32
}

/// No byte of it is zero.
pub(crate) fn has_no_zero_byte(value: u32) -> bool {
    value.to_le_bytes().iter().all(|&byte| byte != 0)
}

/// Bits `from` and up of an instruction, `length` of them.
pub(crate) const fn field(instruction: u32, from: u32, length: u32) -> u32 {
    instruction >> from & ((1 << length) - 1)
}

/// The same as a number with a sign.
pub(crate) const fn signed(instruction: u32, length: u32) -> i32 {
    (instruction << (32 - length)) as i32 >> (32 - length)
}

/// Where it stands, for a fault.
impl fmt::Display for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pc {:#010x} after {} instructions", self.pc, self.progress.instructions)?;
        for (number, value) in self.registers.iter().enumerate() {
            let separator = if number % 8 == 0 { '\n' } else { ' ' };
            write!(f, "{separator}r{number:<2} {value:08x}")?;
        }
        Ok(())
    }
}
