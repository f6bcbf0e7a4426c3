//! The parsers alone, beside what else does the same, in cycles of the time stamp counter per byte.

#[path = "../../inputs.rs"]
mod inputs;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use criterion_cycles_per_byte::CyclesPerByte;
use inputs::{HEAD, KEY, MESSAGE, SEGMENT, mixed_text};
use std::hint::black_box;
use wm_websockets::http::{BodyDecoder, Framing, HeadLimits, HeadParser};
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

criterion_group! {
    name = parsers;
    config = Criterion::default().with_measurement(CyclesPerByte);
    targets = heads, bodies, masks, texts
}
criterion_main!(parsers);
