//! `inspect`: reports, exit codes, and questions that are none. What it finds is tested beside the library.

use std::process::Command;

use crate::workbench::Workbench;

const PROGRAM: &str = "extern unsigned top;\n\
    int main(void) { for (;;) ; }\n\
    __attribute__((section(\".isr_vector\"), used)) void *const vectors[2] = { &top, (void *)main };\n\
    int rx[8] = { 1 };\n";

const SCRIPT: &str = "ENTRY(main)\n\
    top = 0x20020000;\n\
    SECTIONS {\n\
      .isr_vector 0x08000000 : { KEEP(*(.isr_vector)) }\n\
      .text : { *(.text*) }\n\
      .data 0x20000000 : AT(LOADADDR(.text) + SIZEOF(.text)) { *(.data*) }\n\
    }\n";

/// A folder with an image of that linker script: `firmware.elf`, and `firmware.o` of which it was linked.
fn with_image(script: &str) -> Workbench {
    let bench = Workbench::new();
    bench.file("firmware.c", PROGRAM);
    bench.file("firmware.ld", script);
    let gcc = |arguments: &str| {
        let out = Command::new("arm-none-eabi-gcc")
            .args(["-mcpu=cortex-m7", "-mthumb", "-ffreestanding"])
            .args(arguments.split(' '))
            .current_dir(bench.path(""))
            .output()
            .expect("arm-none-eabi-gcc is installed (Debian: gcc-arm-none-eabi)");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    gcc("-c firmware.c -o firmware.o");
    gcc("-nostdlib -T firmware.ld firmware.o -o firmware.elf");
    bench
}

#[test]
fn an_image_that_works_is_reported() {
    let bench = with_image(SCRIPT);
    let out = bench.say("inspect firmware.elf --stack 4K --objects firmware.o").succeeds().out;
    for part in
        ["Image on daisy-seed-65mb", "DTCM", "0x20000000", "Nothing is wrong as far as the image tells"]
    {
        assert!(out.contains(part), "`{part}` is not told in:\n{out}");
    }
    let json = bench.say("inspect firmware.elf --json").succeeds().out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["board"], &json["errors"]), (&"daisy-seed-65mb".into(), &0.into()));
}

#[test]
fn errors_in_the_image_are_exit_code_1() {
    let bench = with_image(&SCRIPT.replace("0x20000000", "0x10000000"));
    let answer =
        bench.say("inspect firmware.elf").fails(1, &["firmware.elf cannot work on the board", "1 error"]);
    assert!(answer.out.contains("outside every region"), "{}", answer.out);
    let bench = with_image(SCRIPT);
    let answer = bench.say("inspect firmware.elf --dma rx=BDMA").fails(1, &["1 error"]);
    assert!(answer.out.contains("BDMA does not reach"), "{}", answer.out);
    bench.file("list.toml", "[[buffer]]\nsymbol = \"rx\"\nmaster = \"MDMA\"\n");
    bench.say("inspect firmware.elf --buffers list.toml").succeeds();
}

#[test]
fn questions_that_are_none_are_exit_code_2() {
    let bench = with_image(SCRIPT);
    bench.file("text.elf", "no program");
    bench.file("list.toml", "[[buffer]]\nsymbol = \"rx\"\n");
    for (question, told) in [
        ("inspect missing.elf", "cannot read missing.elf"),
        ("inspect text.elf", "text.elf: this is no ELF file"),
        ("inspect firmware.o", "firmware.o: this is an object before linking"),
        ("inspect firmware.elf --board nowhere", "there is no board `nowhere`"),
        ("inspect firmware.elf --dma rx", "expected SYMBOL=MASTER"),
        ("inspect firmware.elf --dma xr=MDMA", "no variable `xr`"),
        ("inspect firmware.elf --dma rx=MDMB", "did you mean `MDMA`?"),
        ("plan firmware.elf --dma xr=MDMA", "no variable `xr`"),
        ("plan firmware.elf --dma rx=MDMB", "did you mean `MDMA`?"),
        ("plan firmware.elf --buffers list.toml", "list.toml:1:1: a buffer lacks the key `master`"),
        (
            "plan list.toml --dma rx=MDMA",
            "--dma names variables of a firmware image (.elf), and list.toml is none: write",
        ),
        ("inspect firmware.elf --buffers list.toml", "list.toml:1:1: a buffer lacks the key `master`"),
        ("inspect firmware.elf --objects text.elf", "text.elf: this is no ELF file"),
        ("inspect firmware.elf --stack much", "expected a number of bytes"),
        ("inspect firmware.elf --stack -1", "expected a number of bytes"),
    ] {
        bench.say(question).fails(2, &[told]);
    }
}

#[test]
fn the_buffers_of_an_image_are_planned_where_their_controllers_reach() {
    let bench = with_image(SCRIPT);
    bench.file("list.toml", "[[buffer]]\nsymbol = \"rx\"\nmaster = \"DMA1\"\n");
    for option in ["--dma rx=DMA1", "--buffers list.toml"] {
        let plan = bench.say(&format!("plan firmware.elf --json {option}")).succeeds().json();
        let placements = plan["placements"].as_array().expect("a list");
        let rx = placements.iter().find(|placement| placement["storage"]["name"] == "rx").expect("rx");
        // It has first values too, and those are copied to AXI SRAM alone.
        assert_eq!(rx["region"], "AXI SRAM", "{plan:#}");
        assert_eq!(rx["storage"]["needs"]["masters"], serde_json::json!(["DMA1"]));
        assert_eq!(rx["storage"]["needs"]["start"], "loaded");
    }
    bench.say("plan firmware.elf --dma rx=BDMA").fails(1, &["is reached by BDMA and is loaded at start"]);
}
