//! The freer dialect of a well-known tutorial on Impala's memory: its subjects one by one, in programs of our own.
//!
//! That tutorial leaves out `global`, declares locals anywhere, returns values and passes arrays with their sizes.
//! Some of its programs call helpers that they never define; those must be refused with the helper's name, and run
//! once the helper is there.

mod run;

use run::Running;
use sostenuto_board::{Board, place};
use sostenuto_lang::{Diagnostic, Language, Options, compile};
use sostenuto_vm::Value;

fn build(source: &str) -> Result<Running, Vec<Diagnostic>> {
    compile(Language::Impala, source, "tutorial.impala", &Options::default())
        .map(|compiled| Running::new(compiled.patch).expect("a module that loads"))
}

fn running(source: &str) -> Running {
    build(source).unwrap_or_else(|said| {
        panic!(
            "{}",
            said.iter().map(|said| said.render(source, "tutorial.impala", false)).collect::<String>()
        )
    })
}

/// Each message with its line.
fn refused(source: &str) -> Vec<(u32, String)> {
    let said = build(source).err().expect("refused");
    said.iter().map(|said| (said.line(source), said.message.clone())).collect()
}

fn unknown(line: u32, function: &str) -> (u32, String) {
    (line, format!("unknown function `{function}`"))
}

impl Running {
    fn int(&mut self, function: &str, arguments: &[i32]) -> i32 {
        let arguments: Vec<Value> = arguments.iter().map(|&value| Value::I32(value)).collect();
        match self.call(function, &arguments) {
            Ok((Some(Value::I32(value)), 0)) => value,
            Ok((None, 0)) => 0,
            other => panic!("{function} gave {other:?}"),
        }
    }

    fn fault(&mut self, function: &str, arguments: &[i32]) -> String {
        let arguments: Vec<Value> = arguments.iter().map(|&value| Value::I32(value)).collect();
        self.call(function, &arguments).expect_err("a fault")
    }
}

#[test]
fn globals_lie_where_the_compiler_put_them() {
    let mut patch = running(
        "global array delayBuffer[600]; // two thirds of a second at 900 Hz
global array lookupTable[16];
global int sampleRate = 900;
global int currentGain = -7;
function rate() returns int r { return sampleRate + currentGain; }
function sum() returns int r { int i; for (i = 0 to 600) r += delayBuffer[i] + lookupTable[i & 15]; }",
    );
    assert_eq!((patch.int("rate", &[]), patch.int("sum", &[])), (893, 0));
    let bytes = |name: &str| patch.patch.storage(name).map(|storage| storage.bytes);
    assert_eq!(
        [bytes("delayBuffer"), bytes("lookupTable"), bytes("sampleRate")],
        [Some(2400), Some(64), Some(4)]
    );
}

#[test]
fn a_window_is_computed_from_a_table() {
    let mut patch = running(
        "global array windowFunction[8];
function fillWindow() {
    int i;
    for (i = 0 to 8) {
        int size = 8;
        int turn = (i * 16) / (size - 1);   // sixteenths of a turn
        int height = quickCos(turn);
        windowFunction[i] = 500 - (height >> 1);
    }
}
readonly array cosines[16] = { 1000, 924, 707, 383, 0, -383, -707, -924, -1000, -924, -707, -383,
    0, 383, 707, 924, };
function quickCos(int turn) returns int result {
    int step = turn % 16;
    if (step < 0) step += 16;
    result = cosines[step];
}
function at(int i) returns int r { return windowFunction[i]; }",
    );
    assert_eq!((patch.int("quickCos", &[-1]), patch.int("quickCos", &[18])), (924, 707));
    patch.int("fillWindow", &[]);
    // 16 * 3 / 7 = 6 sixteenths: the cosine is -707, halved and rounded down -354.
    assert_eq!([0, 3, 7].map(|i| patch.int("at", &[i])), [0, 854, 0]);
}

#[test]
fn a_buffer_is_handed_out_and_taken_back() {
    let mut patch = running(
        "global array maxTempBuffer[64];
global int tempBufferInUse = 0;
function getTempBuffer(int needed) returns array result[64] {
    if (needed <= 64 && tempBufferInUse == 0) {
        tempBufferInUse = 1;
        return maxTempBuffer;
    }
    return null;
}
function releaseTempBuffer() { tempBufferInUse = 0; }
function use(int needed) returns int r {
    pointer buffer = getTempBuffer(needed);
    if (buffer == null) return -1;
    buffer[3] = needed * 2;
    return maxTempBuffer[3];
}",
    );
    assert_eq!([40, 41].map(|needed| patch.int("use", &[needed])), [80, -1]);
    patch.int("releaseTempBuffer", &[]);
    assert_eq!([65, 64].map(|needed| patch.int("use", &[needed])), [-1, 128]);
}

#[test]
fn values_are_copied_and_arrays_are_not() {
    let source = "function processSample(int input, int gain) returns int result {
    int processed = (input * gain) >> 7;
    result = processed;
}
function processBuffer(array buffer[6], int length) {
    int i;
    for (i = 0 to length) { buffer[i] = applyFilter(buffer[i]); }
}
function processSection(array samples[6], int startIndex, int endIndex) {
    int i;
    for (i = startIndex to endIndex) { samples[i] = saturate(samples[i] * 5 >> 2); }
}";
    assert_eq!(refused(source), [unknown(7, "applyFilter"), unknown(11, "saturate")]);
    let mut patch = running(&format!(
        "{source}
global array data[6] = {{ 4, 8, 12, 16, 20, 24 }};
function applyFilter(int x) returns int y {{ return x - 1; }}
function saturate(int x) returns int y {{ y = x; if (y > 20) y = 20; }}
function all(int i) returns int r {{ processBuffer(data, 6); processSection(data, 2, 5); return data[i]; }}"
    ));
    assert_eq!(patch.int("processSample", &[300, 64]), 150);
    // 12 - 1 = 11, times 5/4 is 13; 23 stays; the second call then subtracts and scales again.
    assert_eq!(patch.int("all", &[2]), 13);
    assert_eq!(patch.int("all", &[4]), 20);
    assert!(patch.fault("processBuffer", &[4, 7]).contains("index 6 is outside `buffer` (6 words), line 7"));
}

#[test]
fn locals_and_small_local_arrays() {
    let source = "function efficientProcessing() {
    int gain = (int)params[OPERAND_1_HIGH_PARAM_INDEX];
    int mix = (int)params[SWITCHES_PARAM_INDEX];
    array tempCoeffs[4];
    calculateFilterCoeffs(tempCoeffs, gain);
    int i;
    for (i = 0 to 2) {
        int input = signal[i];
        int filtered = applyBiquad(input, tempCoeffs);
        signal[i] = (input * (100 - mix) + filtered * mix) / 100;
    }
}";
    assert_eq!(refused(source), [unknown(5, "calculateFilterCoeffs"), unknown(9, "applyBiquad")]);
    let mut patch = running(&format!(
        "{source}
function calculateFilterCoeffs(array c[4], int gain) {{ int k; for (k = 0 to 4) c[k] = gain + k; }}
function applyBiquad(int x, array c[4]) returns int y {{ return x * (int) c[0] + (int) c[3]; }}
function once(int left, int gain, int mix) returns int r {{
    params[OPERAND_1_HIGH_PARAM_INDEX] = gain; params[SWITCHES_PARAM_INDEX] = mix;
    signal[0] = left; signal[1] = -left;
    efficientProcessing();
    return (int) signal[0] * 1000 + (int) signal[1];
}}"
    ));
    // 50 * 2 + 5 = 105; half of 50 and of 105 is 77; on the right -50 * 2 + 5 = -95, and half of -145 is -72.
    assert_eq!(patch.int("once", &[50, 2, 50]), 77 * 1000 - 72);
    assert_eq!(
        (patch.patch.facts.stack.worst, &patch.patch.facts.stack.path[..]),
        (Some(16), &["once".to_owned(), "efficientProcessing".to_owned()][..])
    );
}

#[test]
fn a_large_local_array_does_not_fit_on_the_stack() {
    let source = "global array largeWorkBuffer[2100];
function badStackUsage() {
    array hugeBuffer[2100];
    hugeBuffer[2099] = 1;
}
function goodStackUsage() { clearBuffer(largeWorkBuffer); }
function clearBuffer(array buffer[2100]) { int i; for (i = 0 to 2100) { buffer[i] = 0; } }
function process() { badStackUsage(); goodStackUsage(); }";
    let mut patch = running(source);
    assert_eq!(patch.call("process", &[]), Ok((None, 0)), "it runs where there is room");
    let stack = &patch.patch.facts.stack;
    assert_eq!(
        (stack.worst, &stack.path[..]),
        (Some(8400), &["process".to_owned(), "badStackUsage".to_owned()][..])
    );

    let plan = place(&Board::builtin("permut8").unwrap(), &patch.patch.facts.storages);
    let refusal = plan.check().expect_err("8,400 B of stack").to_string();
    assert!(refusal.contains("`stack` needs 8,400 B; `stack` holds 4,096 B"), "{refusal}");
}

#[test]
fn bounds_are_checked_by_the_compiler_and_by_the_patch() {
    let source = |index: &str| {
        format!(
            "global array delayBuffer[1024];
global int delayIndex = 0;
function safeDelayAccess() {{
    delayBuffer[512] = signal[0];
    delayBuffer[{index}] = signal[1];
    if (delayIndex < 1024) {{
        int delayedSample = delayBuffer[delayIndex];
        delayBuffer[delayIndex] = signal[0];
        delayIndex = (delayIndex + 1) % 1024;
        signal[0] = delayedSample;
    }}
}}
function step(int x) returns int r {{ signal[0] = x; safeDelayAccess(); return signal[0]; }}
function seek(int index) returns int r {{ delayIndex = index; return delayBuffer[delayIndex]; }}"
        )
    };
    let mut patch = running(&source("1023"));
    assert_eq!(patch.int("step", &[77]), 0);
    assert_eq!(patch.int("seek", &[0]), 77);
    assert_eq!(patch.int("seek", &[512]), 77);
    assert!(
        patch.fault("seek", &[1024]).contains("index 1024 is outside `delayBuffer` (1024 words), line 14")
    );
    assert!(patch.fault("seek", &[-1]).contains("index -1"));
    for index in ["1024", "delayBuffer[0] * 0 + 1024", "-1"] {
        match (index, build(&source(index))) {
            ("1024", Err(said)) => {
                let source = source(index);
                assert_eq!(said[0].line(&source), 5);
                assert_eq!(said[0].message, "index 1024 is outside `delayBuffer`, which has 1024 words");
                assert_eq!(said[0].hint.as_deref(), Some("the last index is 1023"));
            }
            ("-1", Err(said)) => assert!(said[0].message.contains("index -1"), "{said:?}"),
            (_, Ok(mut patch)) => assert!(patch.fault("step", &[1]).contains("line 5")),
            (index, Err(said)) => panic!("{index}: {said:?}"),
        }
    }
}

#[test]
fn indices_are_validated_or_wrapped() {
    let mut patch = running(
        "global array store[10];
function safeArrayAccess(array buffer[10], int index, int value) {
    if (index >= 0 && index < 10) { buffer[index] = value; }
    else { trace(\"ERROR: index out of range\"); }
}
function circularBufferAccess(array buffer[10], int index, int value) {
    int safeIndex = index % 10;
    if (safeIndex < 0) safeIndex += 10;
    buffer[safeIndex] = value;
}
function safe(int index, int value) returns int r { safeArrayAccess(store, index, value); return store[4]; }
function wrapped(int index, int value) returns int r { circularBufferAccess(store, index, value); return store[4]; }",
    );
    assert_eq!(
        [patch.int("safe", &[4, 5]), patch.int("safe", &[10, 6]), patch.int("safe", &[-6, 7])],
        [5; 3]
    );
    assert_eq!([patch.int("wrapped", &[-6, 8]), patch.int("wrapped", &[1004, 9])], [8, 9]);
}

#[test]
fn channels_apart_and_interleaved() {
    let apart = "global array leftSamples[4];
global array leftHistory[2];
function processStereoSoA() {
    int i;
    for (i = 0 to 4) { leftSamples[i] = applyFilter(leftSamples[i], leftHistory); }
    for (i = 0 to 4) { leftSamples[i] = applyFilter(leftSamples[i], leftHistory); }
}";
    // One cause, one error.
    assert_eq!(refused(apart), [unknown(5, "applyFilter")]);
    let mut patch = running(&format!(
        "{apart}
function applyFilter(int x, array h[2]) returns int y {{ h[0] += 1; return x + (int) h[0]; }}
function at(int i) returns int r {{ processStereoSoA(); return leftSamples[i]; }}"
    ));
    assert_eq!(patch.int("at", &[1]), 2 + 6);

    let together = "global array stereoBuffer[6];
function processStereoInterleaved() {
    int frameCount = 3;
    int i;
    for (i = 0 to frameCount) {
        int leftIndex = i * 2;
        int rightIndex = i * 2 + 1;
        int processedLeft = applyLeftEffect(stereoBuffer[leftIndex]);
        int processedRight = applyRightEffect(stereoBuffer[rightIndex]);
        stereoBuffer[leftIndex] = processedLeft + (processedRight >> 3);
        stereoBuffer[rightIndex] = processedRight + (processedLeft >> 3);
    }
}";
    assert_eq!(refused(together), [unknown(8, "applyLeftEffect"), unknown(9, "applyRightEffect")]);
    let mut patch = running(&format!(
        "{together}
function applyLeftEffect(int x) returns int y {{ return x + 80; }}
function applyRightEffect(int x) returns int y {{ return x - 16; }}
function at(int i) returns int r {{ processStereoInterleaved(); return stereoBuffer[i]; }}"
    ));
    assert_eq!(patch.int("at", &[4]), 78);
}

#[test]
fn sequences_and_blocks() {
    let source = "function sequentialProcessing(array buffer[32]) {
    int i;
    for (i = 0 to 32) { buffer[i] = applyProcessing(buffer[i]); }
}
function blockProcessing(array buffer[32]) {
    const int BLOCK_SIZE = 8;
    int blockCount = 32 / BLOCK_SIZE;
    int blockIdx;
    for (blockIdx = 0 to blockCount) {
        int blockStart = blockIdx * BLOCK_SIZE;
        applyComplexProcessing(buffer, blockStart, BLOCK_SIZE);
    }
}
function applyComplexProcessing(array buffer[32], int start, int length) {
    int i;
    for (i = start to start + length) { buffer[i] = complexAlgorithm(buffer[i]); }
}";
    assert_eq!(refused(source), [unknown(3, "applyProcessing"), unknown(16, "complexAlgorithm")]);
    let mut patch = running(&format!(
        "{source}
global array data[32];
function applyProcessing(int x) returns int y {{ return x + 3; }}
function complexAlgorithm(int x) returns int y {{ return x * x; }}
function at(int i) returns int r {{ sequentialProcessing(data); blockProcessing(data); return data[i]; }}"
    ));
    assert_eq!([patch.int("at", &[0]), patch.int("at", &[31])], [9, 144]);
}

#[test]
fn a_pool_of_blocks() {
    let mut patch = running(
        "global array memoryPool[96];
global array freeBlocks[6];
global int blockSize = 16;
function initMemoryPool() {
    int i;
    for (i = 0 to 6) { freeBlocks[i] = 1; }
    for (i = 0 to 96) { memoryPool[i] = i * 3; }
}
function allocateFromPool() returns int blockIndex {
    int i;
    for (i = 0 to 6) {
        if (freeBlocks[i] == 1) { freeBlocks[i] = 0; return i; }
    }
    return -1;
}
function freeToPool(int blockIndex) {
    if (blockIndex >= 0 && blockIndex < 6) { freeBlocks[blockIndex] = 1; }
}
function getPoolBlock(int blockIndex, array result[16]) {
    if (blockIndex >= 0 && blockIndex < 6) {
        int startOffset = blockIndex * blockSize;
        int i;
        for (i = 0 to 16) { result[i] = memoryPool[startOffset + i]; }
    }
}
function word(int block, int i) returns int r { array copied[16]; getPoolBlock(block, copied); return copied[i]; }",
    );
    patch.int("initMemoryPool", &[]);
    assert_eq!([(); 7].map(|()| patch.int("allocateFromPool", &[])), [0, 1, 2, 3, 4, 5, -1]);
    patch.int("freeToPool", &[3]);
    patch.int("freeToPool", &[99]);
    assert_eq!([(); 2].map(|()| patch.int("allocateFromPool", &[])), [3, -1]);
    assert_eq!([patch.int("word", &[2, 5]), patch.int("word", &[6, 5])], [37 * 3, 0]);
}

#[test]
fn a_circular_buffer_of_one_writer_and_one_reader() {
    let mut patch = running(
        "global array circularData[5];
global int writeIndex = 0;
global int readIndex = 0;
function writeSample(int sample) returns int success {
    int nextWrite = (writeIndex + 1) % 5;
    if (nextWrite == readIndex) { return 0; }
    circularData[writeIndex] = sample;
    writeIndex = nextWrite;
    return 1;
}
function readSample() returns int sample {
    if (readIndex == writeIndex) { return 0; }
    int sample = circularData[readIndex];
    readIndex = (readIndex + 1) % 5;
    return sample;
}
function getBufferLevel() returns int level {
    if (writeIndex >= readIndex) { return writeIndex - readIndex; }
    else { return (5 - readIndex) + writeIndex; }
}",
    );
    assert_eq!(patch.int("readSample", &[]), 0);
    assert_eq!([11, 12, 13, 14, 15].map(|sample| patch.int("writeSample", &[sample])), [1, 1, 1, 1, 0]);
    assert_eq!([(); 2].map(|()| patch.int("readSample", &[])), [11, 12]);
    assert_eq!(patch.int("writeSample", &[16]), 1);
    assert_eq!(patch.int("getBufferLevel", &[]), 3);
    assert_eq!([(); 4].map(|()| patch.int("readSample", &[])), [13, 14, 16, 0]);
}

#[test]
fn buffers_change_places() {
    let source = "global array inputBuffer[3] = { 1, 2, 3 };
global array outputBuffer[3];
global int processingComplete = 0;
function setupZeroCopy() { processingComplete = 0; }
function processZeroCopy() {
    int i;
    for (i = 0 to 3) { outputBuffer[i] = applyEffect(inputBuffer[i]); }
    processingComplete = 1;
}
function swapBuffers() {
    array tempBuffer[3];
    int i;
    for (i = 0 to 3) { tempBuffer[i] = outputBuffer[i]; }
    for (i = 0 to 3) { outputBuffer[i] = inputBuffer[i]; }
    for (i = 0 to 3) { inputBuffer[i] = tempBuffer[i]; }
}";
    assert_eq!(refused(source), [unknown(7, "applyEffect")]);
    let mut patch = running(&format!(
        "{source}
function applyEffect(int x) returns int y {{ return 100 - x; }}
function both(int i) returns int r {{
    setupZeroCopy(); processZeroCopy(); swapBuffers();
    return (int) inputBuffer[i] * 1000 + (int) outputBuffer[i] * 10 + processingComplete;
}}"
    ));
    assert_eq!(patch.int("both", &[2]), 97_031);
}

#[test]
fn the_use_of_the_stack_is_watched() {
    let mut patch = running(
        "global int stackHighWaterMark = 0;
global int estimate = 700;
function checkStackUsage() returns int usage {
    int currentUsage = getApproximateStackUsage();
    if (currentUsage > stackHighWaterMark) { stackHighWaterMark = currentUsage; }
    if (currentUsage > 3276) { displayLEDs[0] = 0xFF; trace(\"WARNING: the stack is nearly full\"); }
    return currentUsage;
}
function getApproximateStackUsage() returns int estimation { return estimate; }
function after(int used) returns int r { estimate = used; checkStackUsage(); return stackHighWaterMark + (int) displayLEDs[0]; }",
    );
    assert_eq!([900, 800, 3277, 5].map(|used| patch.int("after", &[used])), [900, 900, 3532, 3532]);
}

#[test]
fn guards_around_an_array() {
    let source = "global int guardPrefix = 0xDEAD;
global array protectedData[9];
global int guardSuffix = 0xBEEF;
function initGuardedBuffer() {
    guardPrefix = 0xDEAD; guardSuffix = 0xBEEF;
    int i;
    for (i = 0 to 9) { protectedData[i] = 0; }
}
function checkBufferIntegrity() returns int isValid {
    if (guardPrefix != 0xDEAD) { bufferOverrunCount = bufferOverrunCount + 1; displayLEDs[1] = 0xFF; return 0; }
    if (guardSuffix != 0xBEEF) { bufferOverrunCount = bufferOverrunCount + 1; displayLEDs[2] = 0xFF; return 0; }
    return 1;
}";
    // The tutorial declares the counter elsewhere. It is reported once, not at each of its four uses.
    assert_eq!(refused(source), [(10, "unknown name `bufferOverrunCount`".to_owned())]);
    let mut patch = running(&format!(
        "global int bufferOverrunCount = 0;
{source}
function corrupt(int suffix, int by) returns int r {{
    initGuardedBuffer();
    pointer past = protectedData;
    if (suffix != 0) past = past + 9; else past = past - 1;
    *past = (int) *past + by;
    return checkBufferIntegrity() * 10 + bufferOverrunCount;
}}"
    ));
    assert_eq!([[1, 0], [1, 1], [0, 5], [0, 0]].map(|how| patch.int("corrupt", &how)), [10, 1, 2, 12]);
}

#[test]
fn leaks_are_counted() {
    let mut patch = running(
        "global int totalAllocations = 0;
global int totalDeallocations = 0;
global int currentAllocations = 0;
global int peakAllocations = 0;
function trackAllocation() {
    totalAllocations = totalAllocations + 1;
    currentAllocations = currentAllocations + 1;
    if (currentAllocations > peakAllocations) { peakAllocations = currentAllocations; }
    displayLEDs[3] = currentAllocations;
}
function trackDeallocation() {
    totalDeallocations = totalDeallocations + 1;
    if (currentAllocations > 0) { currentAllocations = currentAllocations - 1; }
}
function checkMemoryLeaks() returns int hasLeaks {
    int leakedAllocations = totalAllocations - totalDeallocations;
    if (leakedAllocations > 0) { trace(\"WARNING: leaks\"); return 1; }
    return 0;
}
function run(int taken, int given) returns int r {
    int i;
    for (i = 0 to taken) trackAllocation();
    for (i = 0 to given) trackDeallocation();
    return checkMemoryLeaks() * 100 + peakAllocations * 10 + currentAllocations;
}",
    );
    assert_eq!([[3, 1], [1, 3], [0, 0]].map(|run| patch.int("run", &run)), [132, 30, 30]);
}
