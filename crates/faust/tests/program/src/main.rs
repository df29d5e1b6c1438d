//! Plays programs as Faust's own Rust and with their arrays placed, and compares every bit.
#![allow(warnings)]

use sostenuto_mem::dsp::{Failing, HeapMemory, Recording, WrongBuffers};

/// What Faust's Rust needs around it.
mod architecture {
    pub type F32 = f32;
    pub type F64 = f64;
    pub type FaustFloat = f32;
    pub struct ParamIndex(pub i32);
    pub trait Meta {
        fn declare(&mut self, key: &str, value: &str);
    }
    pub trait UI<T> {
        fn open_tab_box(&mut self, label: &str);
        fn open_horizontal_box(&mut self, label: &str);
        fn open_vertical_box(&mut self, label: &str);
        fn close_box(&mut self);
        fn add_button(&mut self, label: &str, param: ParamIndex);
        fn add_check_button(&mut self, label: &str, param: ParamIndex);
        fn add_vertical_slider(&mut self, label: &str, param: ParamIndex, init: T, min: T, max: T, step: T);
        fn add_horizontal_slider(&mut self, label: &str, param: ParamIndex, init: T, min: T, max: T, step: T);
        fn add_num_entry(&mut self, label: &str, param: ParamIndex, init: T, min: T, max: T, step: T);
        fn add_horizontal_bargraph(&mut self, label: &str, param: ParamIndex, min: T, max: T);
        fn add_vertical_bargraph(&mut self, label: &str, param: ParamIndex, min: T, max: T);
        fn declare(&mut self, param: Option<ParamIndex>, key: &str, value: &str);
    }
    pub trait FaustDsp {
        type T;
        fn new() -> Self where Self: Sized;
        fn metadata(&self, m: &mut dyn Meta);
        fn get_sample_rate(&self) -> i32;
        fn get_num_inputs(&self) -> i32;
        fn get_num_outputs(&self) -> i32;
        fn class_init(sample_rate: i32) where Self: Sized;
        fn instance_reset_params(&mut self);
        fn instance_clear(&mut self);
        fn instance_constants(&mut self, sample_rate: i32);
        fn instance_init(&mut self, sample_rate: i32);
        fn init(&mut self, sample_rate: i32);
        fn build_user_interface(&self, ui_interface: &mut dyn UI<Self::T>);
        fn build_user_interface_static(ui_interface: &mut dyn UI<Self::T>) where Self: Sized;
        fn get_param(&self, param: ParamIndex) -> Option<Self::T>;
        fn set_param(&mut self, param: ParamIndex, value: Self::T);
        fn compute(&mut self, count: i32, inputs: &[&[Self::T]], outputs: &mut [&mut [Self::T]]);
    }
}

const RATE: i32 = 44_100;
const BLOCKS: usize = 400;

/// Numbers from 0 to 1 that look like chance.
struct Chance(u32);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 16_777_216.0
    }
}

/// An impulse, silence, and then noise, in blocks of many lengths; one parameter changes with each block.
fn play(
    channels: [usize; 2],
    parameters: &[(usize, f32, f32)],
    mut set: impl FnMut(usize, f32),
    mut compute: impl FnMut(&[&[f32]], &mut [&mut [f32]]),
) -> Vec<u32> {
    let mut chance = Chance(1);
    let mut sound = Vec::new();
    for block in 0..BLOCKS {
        if block >= 100 && !parameters.is_empty() {
            let (index, least, greatest) = parameters[block % parameters.len()];
            set(index, least + (greatest - least) * chance.next());
        }
        let samples = [64, 1, 0, 17, 256][block % 5];
        let inputs: Vec<Vec<f32>> = (0..channels[0])
            .map(|_| {
                let sample = |at| match block {
                    0 => f32::from(at == 0),
                    1..100 => 0.0,
                    _ => 2.0 * chance.next() - 1.0,
                };
                (0..samples).map(sample).collect()
            })
            .collect();
        let mut outputs = vec![vec![0.0; samples]; channels[1]];
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let mut slices: Vec<&mut [f32]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
        compute(&inputs, &mut slices);
        // The bits of a NaN are the compiler's.
        let bits = |sample: &f32| if sample.is_nan() { u32::MAX } else { sample.to_bits() };
        sound.extend(outputs.iter().flatten().map(bits));
    }
    sound
}

/// Runs with so much stack.
fn with_stack<T: Send + 'static>(bytes: usize, run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(bytes).spawn(run).unwrap().join().unwrap()
}

macro_rules! compare {
    ($name:ident) => {{
        use architecture::{FaustDsp, ParamIndex};
        use modules::$name::{self as placed, Class, Instance};
        let parameters: Vec<(usize, f32, f32)> =
            placed::PARAMETERS.iter().map(|parameter| (parameter.index, parameter.least as f32, parameter.greatest as f32)).collect();
        let of_parameters = parameters.clone();
        let channels = [placed::INPUTS, placed::OUTPUTS];
        // Faust's own goes through the stack.
        let expected = with_stack(1 << 30, move || {
            let mut dsp = std::cell::RefCell::new(Box::new(<reference::$name::mydsp as FaustDsp>::new()));
            FaustDsp::init(&mut **dsp.borrow_mut(), RATE);
            play(
                channels,
                &of_parameters,
                |index, value| FaustDsp::set_param(&mut **dsp.borrow_mut(), ParamIndex(index as i32), value),
                |inputs, outputs| {
                    let samples = inputs.first().map(|input| input.len()).or(outputs.first().map(|output| output.len()));
                    FaustDsp::compute(&mut **dsp.borrow_mut(), samples.unwrap_or(0) as i32, inputs, outputs)
                },
            )
        });
        // The placed one never does.
        let (sound, requests) = with_stack(256 << 10, move || {
            let memory = Recording::new(&HeapMemory);
            placed::memory_info(&memory);
            let class = Class::class_init(&memory, RATE).unwrap();
            let instance = std::cell::RefCell::new(Instance::instance_init(&memory, &class, RATE).unwrap());
            let sound = play(
                channels,
                &parameters,
                |index, value| {
                    instance.borrow_mut().set_parameter(index, value);
                },
                |inputs, outputs| instance.borrow_mut().compute(inputs, outputs).unwrap(),
            );
            let mut one_more = vec![0.0; 4];
            let refused = instance.borrow_mut().compute(&vec![&[0.0_f32; 4][..]; channels[0] + 1], &mut [&mut one_more]);
            assert_eq!(refused, Err(WrongBuffers::Inputs { expected: channels[0], got: channels[0] + 1 }));
            assert!(!instance.borrow_mut().set_parameter(10_000, 0.0));
            instance.into_inner().instance_destroy();
            class.class_destroy();
            assert_eq!(memory.live_bytes(), 0, "everything is given back");
            let requests = memory.requests();
            for (request, asked) in requests.iter().enumerate() {
                let failing = Failing::at(&memory, request);
                let error = match Class::class_init(&failing, RATE) {
                    Err(error) => error,
                    Ok(class) => Instance::instance_init(&failing, &class, RATE).map(|_| ()).unwrap_err(),
                };
                assert_eq!((error.name, error.bytes), (asked.name.as_str(), asked.bytes));
                assert_eq!(memory.live_bytes(), 0, "nothing is left of what failed");
            }
            (sound, requests.len())
        });
        let heard = sound.iter().filter(|&&sample| sample << 1 != 0).count();
        let wrong = sound.iter().zip(&expected).filter(|(sound, expected)| sound != expected).count();
        println!("{} zones {requests} samples {} heard {heard} wrong {wrong}", stringify!($name), sound.len());
        assert_eq!(sound.len(), expected.len());
    }};
}

include!("programs.rs");
