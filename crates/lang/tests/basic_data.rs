//! The rules of BASIC's strings, arrays, tables and files, each in a small program, with what it prints worked out by hand.

mod conez;

use conez::{Running, fault, printed};

/// Runs a program, and sees that it prints these lines.
#[track_caller]
fn prints(source: &str, lines: &[&str]) {
    let text = printed(source);
    assert_eq!(text.lines().collect::<Vec<_>>(), lines, "{source}");
}

#[test]
fn strings_compare_and_join() {
    prints(
        "A$ = \"abc\"\n> A$ = \"abc\"\n> A$ < \"abd\"\n> A$ <> \"abc\"\n> \"b\" >= A$\n> \"\" = B$\n",
        &["-1", "-1", "0", "-1", "-1"],
    );
    prints("A$ = \"x\"\nA$ = A$ + A$ + \"-\" + A$\n> A$\n> LEN(A$ + A$)\n", &["xx-x", "8"]);
}

#[test]
fn string_functions() {
    prints(
        "> MID$(\"ConeZ\", 2, 3)\n> MID$(\"ConeZ\", 3)\n> LEFT$(\"ConeZ\", 2)\n> RIGHT$(\"ConeZ\", 2)\n",
        &["one", "neZ", "Co", "eZ"],
    );
    prints("> CHR$(65) + STR$(42) + STR$(2.5) + STR$(9000000000)\n", &["A422.59000000000"]);
    prints(
        "> ASC(\"A\")\n> VAL(\"42\") + 1\n> VAL&(\"9000000000\")\n> VAL#(\"1.5\")\n",
        &["65", "43", "9000000000", "1.5"],
    );
    prints("> UPPER$(\"aB\") + UCASE$(\"c\") + LOWER$(\"D\") + LCASE$(\"E\")\n", &["ABCde"]);
    prints(
        "> INSTR(\"banana\", \"an\")\n> INSTR(\"banana\", \"an\", 3)\n> INSTR(\"banana\", \"x\")\n",
        &["2", "4", "0"],
    );
    prints("> \"[\" + TRIM$(\" a \") + LTRIM$(\" b \") + RTRIM$(\" c \") + \"]\"\n", &["[ab  c]"]);
    prints("> STRING$(3, 42) + \"|\" + SPACE$(2) + \"|\" + HEX$(255) + OCT$(8)\n", &["***|  |FF10"]);
}

#[test]
fn mid_assignment_replaces_in_place() {
    prints("A$ = \"Hello World\"\nMID$(A$, 7, 5) = \"Earth\"\n> A$\n", &["Hello Earth"]);
    prints(
        "A$ = \"ABCDEF\"\nMID$(A$, 3, 2) = \"XYZ\"\n> A$\nMID$(A$, 5) = \"12345\"\n> A$\n",
        &["ABXYEF", "ABXY12"],
    );
    prints("DIM A$(2)\nA$(2) = \"abc\"\nMID$(A$(2), 1, 1) = \"X\"\n> A$(2)\n", &["Xbc"]);
}

#[test]
fn no_text_is_left_behind() {
    let source = "
        SUB SHOW$ A$, B$
            LOCAL C$
            C$ = A$ + B$
            RETURN C$ + \"!\"
        END SUB
        DIM T$(3)
        FOR I = 1 TO 20
            A$ = STR$(I) + \"a\" + UPPER$(\"b\" + STR$(I))
            B$ = SHOW$(A$, \"x\" + A$)
            T$(1 + I MOD 3) = B$ + A$
            IF LEN(A$ + B$) > 0 AND SHOW$(A$, B$) <> SHOW$(B$, A$) THEN N = N + 1
            SHOW$ A$, B$
            FORMAT \"$ % $\", A$ + B$, I, 5000000000
            > A$ + \".\"
            SELECT CASE A$ + \"z\"
                CASE \"q\" + A$, B$
                    N = -1000
                CASE ELSE
                    M = M + 1
            END SELECT
            MID$(A$, 1, 1) = \"?\" + B$
            SWAP A$, B$
            READ D$
            RESTORE
            PRINT #1, A$ + B$
        NEXT
        DATA 2.5
        > N + M
        A$ = \"\"
        B$ = \"literal\"
        D$ = \"\"
        ERASE T$
    ";
    let mut running = Running::new(source).unwrap();
    running.call("setup", &[]).unwrap();
    assert!(running.host.printed.ends_with("40\n"), "{}", running.host.printed);
    assert!(running.host.blocks.range(0x8000..).next().is_none(), "{:?}", running.host.blocks);
}

#[test]
fn a_text_that_a_later_part_changes_is_the_old_one() {
    prints(
        "A$ = \"old\" + \"\"\nSUB NEW$\nA$ = \"new\" + \"er\"\nRETURN \"+\"\nEND SUB\n> A$ + NEW$()\n> A$\n",
        &["old+", "newer"],
    );
}

#[test]
fn arrays_of_every_type_and_of_many_dimensions() {
    prints(
        "DIM A(3), F#(2), L&(2), S$(2)\nA(3) = 7\nF#(1) = 2.5\nL&(2) = 5000000000\nS$(1) = \"s\"\n> A(3) + A(1)\n> F#(1)\n> L&(2)\nPRINTS S$(1) + S$(2)\n",
        &["7", "2.5", "5000000000", "s"],
    );
    let source = "DIM M(2, 3, 4)\nFOR I = 1 TO 2\nFOR J = 1 TO 3\nFOR K = 1 TO 4\nM(I, J, K) = I * 100 + J * 10 + K\n\
                  NEXT\nNEXT\nNEXT\n> M(1, 1, 1)\n> M(2, 3, 4)\n> M(1, 3, 2)\n> UBOUND(M)\n> UBOUND(M, 3)\n> LBOUND(M, 2)\n";
    prints(source, &["111", "234", "132", "2", "4", "1"]);
    prints("DIM A(2)\nA(1) = 2\nA(A(1)) = A(A(1)) + 9\n> A(2)\n", &["9"]);
    prints("N = 3\nDIM A(N * 2)\n> UBOUND(A)\n", &["6"]);
}

#[test]
fn option_base_is_that_of_the_arrays_after_it() {
    let source =
        "DIM A(2)\nOPTION BASE 0\nDIM B(2)\nB(0) = 5\n> B(0)\n> LBOUND(A)\n> LBOUND(B)\n> UBOUND(B)\n";
    prints(source, &["5", "1", "0", "2"]);
}

#[test]
fn redim_and_erase() {
    prints("DIM A(2)\nA(1) = 5\nREDIM A(4)\n> A(1)\n> UBOUND(A)\n", &["0", "4"]);
    prints(
        "DIM A(2)\nA(2) = 5\nREDIM PRESERVE A(UBOUND(A) + 2)\n> A(2)\n> A(4)\n> UBOUND(A)\n",
        &["5", "0", "4"],
    );
    let source = "DIM M(2, 3)\nFOR I = 1 TO 2\nFOR J = 1 TO 3\nM(I, J) = I * 10 + J\nNEXT\nNEXT\nREDIM PRESERVE M(3, 2)\n\
                  FORMAT \"% % % % %\", M(1, 1), M(1, 2), M(2, 1), M(2, 2), M(3, 2)\nREDIM PRESERVE M(2, 4)\nFORMAT \"% % %\", M(2, 1), M(2, 2), M(2, 4)\n";
    prints(source, &["11 12 21 22 0", "21 22 0"]);
    prints("DIM L&(2)\nL&(2) = 5000000000\nREDIM PRESERVE L&(3)\n> L&(2)\n", &["5000000000"]);
    let mut running = Running::new(
        "DIM S$(3)\nFOR I = 1 TO 3\nS$(I) = STR$(I)\nNEXT\nREDIM PRESERVE S$(2)\nPRINTS S$(1) + S$(2)\nREDIM S$(5)\nS$(5) = STR$(1)\nERASE S$\n",
    )
    .unwrap();
    running.call("setup", &[]).unwrap();
    assert_eq!(running.host.printed, "12\n");
    assert!(running.host.blocks.is_empty(), "{:?}", running.host.blocks);
}

#[test]
fn an_index_outside_of_the_bounds_is_a_fault() {
    let told = "index 4 is outside `A`, whose indices are 1 to 3, line 2";
    assert_eq!(fault("DIM A(3)\nA(4) = 1\n"), told);
    assert_eq!(fault("DIM A(3)\n> A(4)\n"), told);
    assert_eq!(fault("DIM A(3)\n> A(0)\n"), told.replace("index 4", "index 0"));
    assert_eq!(
        fault("DIM A(3)\nI = -2147483648\n> A(I)\n"),
        "index -2147483648 is outside `A`, whose indices are 1 to 3, line 3"
    );
    assert_eq!(
        fault("N = 2\nDIM A$(9, N)\nREDIM A$(N, N)\nA$(1, 3) = \"\"\n"),
        "index 3 is outside `A$`, whose indices are 1 to 2, line 4"
    );
    assert_eq!(
        fault("OPTION BASE 0\nDIM A(3)\n\n> A(-1)\n"),
        "index -1 is outside `A`, whose indices are 0 to 3, line 4"
    );
    assert_eq!(fault("DIM A(3)\nERASE A\n> A(1)\n"), "index 1 of `A`, which is not dimensioned, line 3");
    assert_eq!(fault("IF 0\nDIM A(3)\nEND IF\n> A(1)\n"), "index 1 of `A`, which is not dimensioned, line 4");
    assert_eq!(
        fault("DIM A(3)\nSETARRAY A, 2, 4, 1\n"),
        "index 4 is outside `A`, whose indices are 1 to 3, line 2"
    );
}

#[test]
fn arrays_that_do_not_fit() {
    assert_eq!(fault("N = 20000\nDIM A(N)\n"), "`A` is larger than the memory, line 2");
    assert_eq!(fault("DIM A(2000, 2000, 2000, 2000)\n"), "`A` is larger than the memory, line 1");
    assert_eq!(
        fault("DIM A(7000)\nDIM B(7000)\nDIM C(7000)\n"),
        "no memory is free for the 28008 bytes of `C`, line 3"
    );
    assert_eq!(fault("N = -5\nDIM A(N)\n"), "`A` is larger than the memory, line 2");
}

#[test]
fn data_is_read_as_the_type_of_the_variable() {
    prints("DATA 42, 3.75, \"hello\"\nREAD I, F#, S$\nFORMAT \"% & $\", I, F#, S$\n", &["42 3.750000 hello"]);
    prints("READ A, B\nRESTORE\nREAD C\nFORMAT \"% % %\", A, B, C\nDATA -10\nDATA 20\n", &["-10 20 -10"]);
    // A float into an integer, an integer into a float, and both into a string; a string into a number.
    prints(
        "DATA 3.75, 4, 5, 2.5, \"17\"\nREAD I, F#, A$, B$, N\n> I\n> F#\nPRINTS A$ + B$\n> N\n",
        &["3", "4", "52.5", "17"],
    );
    prints(
        "DATA 5000000000, 0x10, -2147483648\nREAD L&, A, B\n> L&\n> A\n> B\n",
        &["5000000000", "16", "-2147483648"],
    );
    prints("DIM A(3)\nFOR I = 1 TO 3\nREAD A(I)\nNEXT\n> A(1) + A(2) + A(3)\nDATA 1, 2, 3\n", &["6"]);
    assert_eq!(
        fault("DATA 1, 2\nREAD A, B\n\nREAD C\n"),
        "READ past the end of DATA, which has 2 values, line 4"
    );
    assert_eq!(fault("READ A\n"), "READ past the end of DATA, which has 0 values, line 1");
}

#[test]
fn files_are_written_and_read() {
    let source = "
        OPEN \"/a.txt\" FOR OUTPUT AS #1
        PRINT #1, \"Hello \" + \"World\"
        PRINT #1, 42
        PRINT #1, 2.5
        PRINT #1, 9000000000
        CLOSE #1
        OPEN \"/a.txt\" FOR APPEND AS #2
        PRINT #2
        PRINT #2, \"last\"
        CLOSE #2
        N = 3
        OPEN \"/a.txt\" FOR INPUT AS #N
        INPUT #3, A$
        INPUT #3, I
        INPUT #3, F#
        INPUT #N, L&
        FORMAT \"$ % & $\", A$, I, F#, L&
        WHILE NOT EOF(3)
            INPUT #3, T$
            FORMAT \"[$]\", T$
        WEND
        CLOSE #3
        > EOF(3)
        NAME \"/a.txt\" AS \"/b\" + \".txt\"
        OPEN \"/a.txt\" FOR INPUT AS #1
        > EOF(1)
        INPUT #1, A$
        FORMAT \"[$]\", A$
        CLOSE #1
        KILL \"/b.txt\"
        MKDIR \"/d\"
        RMDIR \"/d\"
    ";
    let mut running = Running::new(source).unwrap();
    running.call("setup", &[]).unwrap();
    let lines = "Hello World 42 2.500000 9000000000\n[]\n[last]\n-1\n-1\n[]\n";
    assert_eq!(running.host.printed, lines);
    assert!(running.host.files.is_empty());
    assert_eq!(running.host.log, ["mkdir /d", "rmdir /d"]);
    assert_eq!(fault("N = 5\nCLOSE #N\n"), "files have the numbers 1 to 4, not 5, line 2");
    // A number that is opened again closes its first file.
    prints(
        "OPEN \"/a\" FOR OUTPUT AS #1\nOPEN \"/b\" FOR OUTPUT AS #1\nOPEN \"/c\" FOR OUTPUT AS #2\nOPEN \"/d\" FOR OUTPUT AS #3\nOPEN \"/e\" FOR OUTPUT AS #4\nPRINT #4, 1\nCLOSE #4\nOPEN \"/e\" FOR INPUT AS #4\nINPUT #4, X\n> X\n",
        &["1"],
    );
}

#[test]
fn operations_on_arrays() {
    let shown = |operation: &str| {
        printed(&format!(
            "DIM A(5), B(3)\nFOR I = 1 TO 5\nA(I) = I * 10\nNEXT\nB(1) = 7\n{operation}\nFORMAT \"% % % % %\", A(1), A(2), A(3), A(4), A(5)\n"
        ))
    };
    assert_eq!(shown("SETARRAY A, 2, 4, 1"), "10 1 1 1 50\n");
    assert_eq!(shown("SETARRAY(A, 4, 2, 1)"), "10 20 30 40 50\n");
    assert_eq!(shown("SHIFTARRAY A, 2, -1"), "-1 -1 10 20 30\n");
    assert_eq!(shown("SHIFTARRAY A, -1, 0"), "20 30 40 50 0\n");
    assert_eq!(shown("SHIFTARRAY A, 99, 3"), "3 3 3 3 3\n");
    assert_eq!(shown("ROTATEARRAY A, 1"), "50 10 20 30 40\n");
    assert_eq!(shown("S = ROTATEARRAY(A, -2)"), "30 40 50 10 20\n");
    assert_eq!(shown("ROTATEARRAY A, 12"), "40 50 10 20 30\n");
    assert_eq!(shown("COPYARRAY B, A"), "7 0 0 0 0\n");
    assert_eq!(shown("SCALELIMITARRAY A, 50, 8, 20"), "8 10 15 20 20\n");
    // The host of the tests turns the three bytes around.
    assert_eq!(
        printed(
            "DIM R(1), G(1), B(1)\nR(1) = 1\nG(1) = 2\nB(1) = 3\nRGBTOHSVARRAY R, G, B\nFORMAT \"% % %\", R(1), G(1), B(1)\nHSVTORGBARRAY R, G, B\n> R(1)\n"
        ),
        "3 2 1\n1\n"
    );
    let mut running =
        Running::new("DIM A(3)\nLUTTOARRAY A\nFORMAT \"% % %\", A(1), A(2), A(3)\nA(1) = 9\nARRAYTOLUT A\n")
            .unwrap();
    running.host.table = vec![4, 5];
    running.call("setup", &[]).unwrap();
    assert_eq!((running.host.printed.as_str(), running.host.table.as_slice()), ("4 5 0\n", &[9, 5][..]));
}

#[test]
fn swap_exchanges_variables_and_elements() {
    prints("A = 1\nB = 2\nSWAP A, B\nFORMAT \"% %\", A, B\n", &["2 1"]);
    prints("A$ = \"x\"\nDIM T$(2)\nT$(2) = \"y\"\nSWAP A$, T$(2)\nPRINTS A$ + T$(2)\n", &["yx"]);
    prints(
        "DIM A&(3)\nA&(1) = 5000000000\nA&(3) = 1\nSWAP A&(1), A&(3)\n> A&(3)\n> A&(1)\n",
        &["5000000000", "1"],
    );
}

#[test]
fn the_memory_is_laid_out_as_the_mission_says() {
    let source = "DATA 1, 2.5, \"x\"\nREAD A\nPRINTS \"hello\"\nDIM B(10)\nFORMAT \"%\", B(1)\nCLOSE #1\n";
    let running = Running::new(source).unwrap();
    let place = |name: &str| {
        let storage = running.patch.storage(name).unwrap_or_else(|| panic!("no {name}"));
        (storage.address.unwrap(), storage.bytes)
    };
    let (strings, data, heap) = (place("strings"), place("data"), place("low heap"));
    assert_eq!((strings.0, data.1), (0, 24));
    assert_eq!(data.0, strings.1.next_multiple_of(4));
    assert_eq!(heap.0, data.0 + data.1);
    assert_eq!(heap.0 + heap.1, 0x8000);
    assert_eq!(place("string pool"), (0x8000, 0x7000));
    assert_eq!(place("format cells"), (0xF000, 0x100));
    assert_eq!(place("file handles"), (0xF100, 16));
    assert_eq!(running.patch.facts.host, sostenuto_board::patch::Host::Conez);
}
