//! The parsers alone, beside what else does the same, in cycles of the time stamp counter per byte.

#[path = "../../inputs.rs"]
mod inputs;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use criterion_cycles_per_byte::CyclesPerByte;
use inputs::{HEAD, KEY, MESSAGE, SEGMENT, mixed_text};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec;
use std::hint::black_box;
use wm_websockets::http::{BodyDecoder, Framing, HeadLimits, HeadParser};
use wm_websockets::ws::deflate::{Inflater, compress};
use wm_websockets::ws::{mask, utf8::Validator};

fn heads(criterion: &mut Criterion<CyclesPerByte>) {
    let mut group = criterion.benchmark_group("request head");
    group.throughput(Throughput::Bytes(HEAD.len() as u64));
    group.bench_function("this library", |bencher| {
        bencher.iter(|| {
            let found = HeadParser::default().parse(black_box(HEAD), &HeadLimits::default());
            found.expect("sound").map(|(request, length)| (request.keep_alive(), length))
        });
    });
    group.bench_function("httparse", |bencher| {
        bencher.iter(|| {
            let mut fields = [httparse::EMPTY_HEADER; 16];
            httparse::Request::new(&mut fields).parse(black_box(HEAD)).expect("sound")
        });
    });
    group.finish();
}

fn bodies(criterion: &mut Criterion<CyclesPerByte>) {
    let body: Vec<u8> = [format!("{MESSAGE:x}\r\n").as_bytes(), &[b'x'; MESSAGE], b"\r\n0\r\n\r\n"].concat();
    let mut group = criterion.benchmark_group("chunked body");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("this library, in segments", |bencher| {
        bencher.iter(|| {
            let mut decoder = BodyDecoder::new(Framing::Chunked, u64::MAX).expect("no limit");
            for segment in black_box(&body[..]).chunks(SEGMENT) {
                let mut rest = segment;
                while !rest.is_empty() {
                    rest = &rest[decoder.decode(rest).expect("sound").consumed..];
                }
            }
            assert!(decoder.is_complete());
        });
    });
    group.finish();
}

fn masks(criterion: &mut Criterion<CyclesPerByte>) {
    let mut bytes = vec![0x20; MESSAGE];
    let mut group = criterion.benchmark_group("unmask");
    group.throughput(Throughput::Bytes(MESSAGE as u64));
    group.bench_function("this library", |bencher| {
        bencher.iter(|| mask::apply(black_box(KEY), 0, black_box(&mut bytes)));
    });
    group.finish();
}

fn texts(criterion: &mut Criterion<CyclesPerByte>) {
    let ascii = "The pump reports 42 degrees. ".repeat(MESSAGE / 29);
    let mixed = mixed_text(MESSAGE);
    for (name, text) in [("UTF-8, ASCII", ascii), ("UTF-8, mixed", mixed)] {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("this library, in segments", |bencher| {
            bencher.iter(|| {
                let mut validator = Validator::new();
                for segment in black_box(text.as_bytes()).chunks(SEGMENT) {
                    validator.push(segment).expect("sound");
                }
                validator.finish().expect("whole")
            });
        });
        group.bench_function("str::from_utf8, at once", |bencher| {
            bencher.iter(|| core::str::from_utf8(black_box(text.as_bytes())).expect("sound").len());
        });
        group.finish();
    }
}

/// Messages compressed and taken apart. What a message becomes shorter by is in the name.
fn compression(criterion: &mut Criterion<CyclesPerByte>) {
    let readings = readings(MESSAGE);
    let ours = compress(&readings, 15).expect("shorter");
    let theirs = compress_to_vec(&readings, 1);
    let mut group = criterion.benchmark_group("compress JSON");
    group.throughput(Throughput::Bytes(readings.len() as u64));
    group.bench_function(format!("this library, to {} bytes", ours.len()), |bencher| {
        bencher.iter(|| compress(black_box(&readings), 15));
    });
    group.bench_function(format!("miniz_oxide at level 1, to {} bytes", theirs.len()), |bencher| {
        bencher.iter(|| compress_to_vec(black_box(&readings), 1));
    });
    group.finish();
    let mut group = criterion.benchmark_group("inflate JSON");
    group.throughput(Throughput::Bytes(readings.len() as u64));
    group.bench_function("this library, in segments", |bencher| {
        bencher.iter(|| {
            let (mut inflater, mut message) = (Inflater::new(), Vec::new());
            for segment in black_box(&ours[..]).chunks(SEGMENT) {
                inflater.push(segment, &mut message, MESSAGE).expect("sound");
            }
            inflater.finish(&mut message, MESSAGE).expect("whole");
            message
        });
    });
    group.bench_function("miniz_oxide, at once", |bencher| {
        bencher.iter(|| decompress_to_vec(black_box(&theirs)).expect("sound"));
    });
    group.finish();
}

/// Readings as a device reports them, of at most `length` bytes.
fn readings(length: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|number: u32| {
        let celsius = number.wrapping_mul(2_654_435_761) >> 20;
        format!("{{\"time\":{},\"sensor\":{},\"celsius\":{celsius}}},", 1_700_000 + number * 7, number % 12)
            .into_bytes()
    });
    lines.take(length).collect()
}

criterion_group! {
    name = parsers;
    config = Criterion::default().with_measurement(CyclesPerByte);
    targets = heads, bodies, masks, texts, compression
}
criterion_main!(parsers);
