//! Each rule of BASIC in a small program, with what it prints worked out by hand.

mod conez;

use conez::{Running, fault, printed};

/// Runs a program, and sees that it prints these lines.
#[track_caller]
fn prints(source: &str, lines: &[&str]) {
    let text = printed(source);
    assert_eq!(text.lines().collect::<Vec<_>>(), lines, "{source}");
}

#[test]
fn print_tells_the_type_of_a_value() {
    prints("> 42\n> 2.5\n> \"hello\"\n> 4294967296&\n", &["42", "2.5", "hello", "4294967296"]);
    prints("A$ = \"a\" + \"b\"\n> A$\nPRINTS A$ + \"c\"\nprints \"\"\n", &["ab", "abc", ""]);
}

#[test]
fn literals() {
    prints("> 0x2A\n> &H2a\n> 7&\n> .25\n> 1.5e3\n> 1E-2\n", &["42", "42", "7", "0.25", "1500", "0.01"]);
    prints("> 0x7FFFFFFF\n> 0x80000000\n> -2147483648\n", &["2147483647", "2147483648", "-2147483648"]);
    // The lowest integer stays one of 32 bits.
    prints("A = -2147483648\n> A - 1\n", &["2147483647"]);
    prints("> \"a\\\"b\\\\c\\td\"\n", &["a\"b\\c\td"]);
}

#[test]
fn comments_and_case() {
    prints("rem nothing\n' nothing\nx = 1 ' one\nX = x + 1\nRem\n> X\n", &["2"]);
    // REM is a name where it is assigned.
    prints("REM = 3\n> REM\n", &["3"]);
}

#[test]
fn the_first_value_gives_a_variable_its_type() {
    prints("X = 3.14\n> X\nX = 2\n> X / 4\n", &["3.14", "0.5"]);
    prints("Y = 42\nY = 3.99\n> Y\n", &["3"]);
    prints("Z = 5000000000\n> Z\nZ = Z + 1\n> Z\n", &["5000000000", "5000000001"]);
    prints("A = 10\nB = 2.5\nC = A * B\n> C\n", &["25"]);
    // One that is read first is an integer.
    prints("> N\nN = 2.75\n> N\n", &["0", "2"]);
}

#[test]
fn names_that_differ_in_the_suffix_are_different_variables() {
    prints(
        "A = 1\nA# = 1.5\nA& = 9000000000\nA$ = \"s\"\n> A\n> A#\n> A&\n> A$\n",
        &["1", "1.5", "9000000000", "s"],
    );
}

#[test]
fn operators_bind_as_the_table_says() {
    prints("> 2 + 3 * 4\n> (2 + 3) * 4\n> 10 - 4 - 3\n", &["14", "20", "3"]);
    prints("> 2.0 ^ 3.0 ^ 2.0\n> -2.0 ^ 2.0\n> 10.0 ^ -2.0\n> 2 * 3 ^ 2\n", &["512", "-4", "0.01", "18"]);
    prints("> 17 / 5\n> 17 \\ 5\n> 17 MOD 5\n> -17 / 5\n> -17 MOD 5\n", &["3", "3", "2", "-3", "-2"]);
    prints("> 7.9 \\ 2.9\n> 7.9 MOD 3\n> 7 / 2.0\n", &["3", "1", "3.5"]);
    prints("> 1 + 1 = 2\n> 1 < 2 AND 3 < 2\n> NOT 1 = 2\n", &["-1", "0", "-1"]);
    prints("> 1 OR 2 AND 4\n> 6 XOR 3\n> 1 OR 1 XOR 1\n> NOT 5\n> 6 AND 3\n", &["1", "5", "0", "-6", "2"]);
    prints("> 5 = 5\n> 5 <> 5\n> 2 <= 1\n> 2.5 > 2\n> 3 >= 3\n", &["-1", "0", "0", "-1", "-1"]);
    // Of comparisons in a row, each is -1 or 0 to the next.
    prints("> 3 > 2 > 1\n> 3 > 2 = -1\n> (3 > 2) + 5\n", &["0", "-1", "4"]);
    prints("> 4 AND NOT 0\n> - - 3\n", &["4", "3"]);
}

#[test]
fn sixty_four_bits() {
    prints("A& = 2147483647\nA& = A& + 1\n> A&\n", &["2147483648"]);
    prints("> 3000000000 / 7\n> ABS(-5000000000)\n> SGN(-5000000000)\n", &["428571428", "5000000000", "-1"]);
    prints("> 4294967296& = 4294967296&\n> 5000000000 > 1\nIF 4294967296& THEN > 1\n", &["-1", "-1", "1"]);
    prints("A = 5000000000 - 4999999999\n> A\n> 6000000000 AND 4294967295\n", &["1", "1705032704"]);
    prints("X = 1\nX = 4294967298&\n> X\n", &["2"]);
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
    assert_eq!(running.host.texts(), 0, "{:?}", running.host.blocks);
}

#[test]
fn a_text_that_a_later_part_changes_is_the_old_one() {
    prints(
        "A$ = \"old\" + \"\"\nSUB NEW$\nA$ = \"new\" + \"er\"\nRETURN \"+\"\nEND SUB\n> A$ + NEW$()\n> A$\n",
        &["old+", "newer"],
    );
}

#[test]
fn format_fills_its_places_by_type() {
    prints("FORMAT \"% & $\", 7, 1.5, \"s\"\n", &["7 1.500000 s"]);
    prints("FORMAT \"% & %\", 2.9, 3, 5000000000\n", &["2 3.000000 5000000000"]);
    prints("FORMAT \"100% & more $\"\nFORMAT \"\"\n", &["100% & more $", ""]);
    prints("A$ = \"\"\nFORMAT \"[$][$]\", A$, \"a\" + \"b\"\n", &["[][ab]"]);
    prints("FORMAT \"$ $ $\", 5, 2.5, \"x\"\n", &["5 2.5 x"]);
    // A SUB that prints itself does not disturb the values before it.
    prints(
        "SUB INNER\nFORMAT \"inner %\", 99\nRETURN 2\nEND SUB\nFORMAT \"% % %\", 1, INNER(), 3\n",
        &["inner 99", "1 2 3"],
    );
}

#[test]
fn if_in_all_its_forms() {
    let source = |x: i32| {
        format!(
            "X = {x}\nIF X = 1 THEN\n> 1\nELSEIF X = 2\n> 2\nELSE IF X = 3 THEN\n> 3\nELSE\n> 9\nEND IF\n"
        )
    };
    for (x, line) in [(1, "1"), (2, "2"), (3, "3"), (4, "9")] {
        prints(&source(x), &[line]);
    }
    prints("IF 1 THEN > 1\nIF 0 THEN > 2 ELSE > 3\nIF 0.5 THEN > 4\n", &["1", "3", "4"]);
    prints("IF 1 THEN IF 0 THEN > 1 ELSE > 2\nIF 1\nEND IF\n", &["2"]);
}

#[test]
fn for_includes_its_end() {
    prints("FOR I = 1 TO 3\n> I\nNEXT\n> I\n", &["1", "2", "3", "4"]);
    prints("FOR I = 3 TO 1\n> I\nNEXT I\n> I\n", &["3"]);
    prints("FOR I = 10 TO 4 STEP -3\n> I\nNEXT\n", &["10", "7", "4"]);
    prints("FOR X# = 0 TO 1 STEP 0.25\n> X#\nNEXT\n", &["0", "0.25", "0.5", "0.75", "1"]);
    prints(
        "S = -2\nFOR I = 5 TO 1 STEP S\n> I\nNEXT\nS = 2\nFOR I = 1 TO 4 STEP S\n> I\nNEXT\n",
        &["5", "3", "1", "1", "3"],
    );
    // The end and the step are worked out once.
    prints("N = 2\nFOR I = 1 TO N\nN = 5\n> I\nNEXT\n", &["1", "2"]);
    prints("FOR I = 1 TO 2\nFOR J = I TO 2\nFORMAT \"% %\", I, J\nNEXT J\nNEXT I\n", &["1 1", "1 2", "2 2"]);
    prints("FOR L& = 5000000000 TO 5000000001\n> L&\nNEXT\n", &["5000000000", "5000000001"]);
}

#[test]
fn while_and_do_loops() {
    prints("I = 3\nWHILE I > 0\n> I\nI = I - 1\nWEND\n", &["3", "2", "1"]);
    prints("DO WHILE I < 2\n> I\nI = I + 1\nLOOP\n", &["0", "1"]);
    prints("DO UNTIL I = 2\n> I\nI = I + 1\nLOOP\n", &["0", "1"]);
    prints("I = 5\nDO\n> I\nI = I + 1\nLOOP WHILE I < 5\n", &["5"]);
    prints("DO\n> I\nI = I + 1\nLOOP UNTIL I > 1\n", &["0", "1"]);
    prints("DO\nI = I + 1\nIF I = 4 THEN EXIT DO\nLOOP\n> I\n", &["4"]);
}

#[test]
fn exit_leaves_the_nearest_of_its_kind() {
    prints(
        "FOR I = 1 TO 9\nWHILE 1\nIF I = 2 THEN EXIT FOR\nEXIT WHILE\nWEND\n> I\nNEXT\n> I\n",
        &["1", "2"],
    );
    prints("SELECT CASE 1\nCASE 1\nDO\nEXIT SELECT\nLOOP\n> 0\nEND SELECT\n> 5\n", &["5"]);
}

#[test]
fn select_chooses_the_first_case_that_fits() {
    let source = |x: &str| {
        format!(
            "SELECT CASE {x}\nCASE 1\n> \"one\"\nCASE 2, 3\n> \"few\"\nCASE 4 TO 6\n> \"some\"\n\
             CASE IS > 10, IS < 0\n> \"far\"\nCASE ELSE\n> \"other\"\nEND SELECT\n"
        )
    };
    for (x, line) in [
        ("1", "one"),
        ("3", "few"),
        ("5", "some"),
        ("11", "far"),
        ("-1", "far"),
        ("7", "other"),
        ("2.5", "other"),
    ] {
        prints(&source(x), &[line]);
    }
    prints(
        "A$ = \"b\"\nSELECT CASE A$\nCASE \"a\"\n> 1\nCASE \"b\"\nA$ = \"c\"\n> 2\nEND SELECT\n> A$\n",
        &["2", "c"],
    );
    prints("SELECT CASE 9\nCASE 1\n> 1\nEND SELECT\n> 2\n", &["2"]);
}

#[test]
fn subs_take_copies_and_give_values() {
    prints("FUNCTION DOUBLE X\nRETURN X * 2\nEND FUNCTION\n> DOUBLE(5) + 1\n", &["11"]);
    prints("SUB AVERAGE#(X#, Y#)\nRETURN (X# + Y#) / 2.0\nEND SUB\n> AVERAGE#(1, 2)\n", &["1.5"]);
    prints("SUB GREET$ NAME$\nRETURN \"Hello, \" + NAME$\nEND SUB\n> GREET$(\"you\")\n", &["Hello, you"]);
    prints("SUB BIG& A&\nRETURN A& * 2\nEND SUB\n> BIG&(3000000000)\n", &["6000000000"]);
    prints(
        "SUB F A$\nA$ = A$ + \"!\"\nPRINTS A$\nEND SUB\nB$ = \"x\"\nF B$\nF(B$)\nCALL F(B$)\nPRINTS B$\n",
        &["x!", "x!", "x!", "x"],
    );
    prints("SUB NOTHING\nEND SUB\n> NOTHING() + NOTHING\n", &["0"]);
    prints("SUB A X, Y\nFORMAT \"% %\", X, Y\nEND SUB\nA (1) + 2, (3)\nA(4, 5)\n", &["3 3", "4 5"]);
}

#[test]
fn parameters_and_locals_hide_the_variables_of_their_names() {
    // What is called sees the caller's value: the names are the program's.
    prints(
        "SUB SHOW\n> X\nEND SUB\nSUB F X\nSHOW\nX = X + 1\nSHOW\nEND SUB\nX = 1\nF 10\nSHOW\n",
        &["10", "11", "1"],
    );
    prints(
        "SUB F\nLOCAL A, B$\n> A\nA = 5\nB$ = \"in\"\nPRINTS B$\nEND SUB\nA = 1\nB$ = \"out\"\nF\nF\n> A\nPRINTS B$\n",
        &["0", "in", "0", "in", "1", "out"],
    );
    // A LOCAL that may not be come to.
    let source = "SUB F N\nIF N = 0 THEN RETURN 1\nIF N > 1\nLOCAL A\nA = 7\nEND IF\nA = A + 1\nRETURN A\nEND SUB\n\
                  A = 1\n> F(0)\n> A\n> F(1)\n> A\n> F(2)\n> A\n";
    prints(source, &["1", "1", "2", "2", "8", "2"]);
    let source = "SUB F\nFOR K = 1 TO 3\nLOCAL S$\nS$ = S$ + \"x\" + STR$(K)\n> S$\nNEXT\nEND SUB\nS$ = \"kept\" + \"!\"\nF\n> S$\n";
    prints(source, &["x1", "x2", "x3", "kept!"]);
}

#[test]
fn subs_call_themselves_and_each_other() {
    prints(
        "FUNCTION FACT N\nIF N <= 1 THEN RETURN 1\nRETURN N * FACT(N - 1)\nEND FUNCTION\n> FACT(10)\n",
        &["3628800"],
    );
    let source = "DECLARE FUNCTION ODD N\nFUNCTION EVEN N\nIF N = 0 THEN RETURN -1\nRETURN ODD(N - 1)\nEND FUNCTION\n\
                  FUNCTION ODD N\nIF N = 0 THEN RETURN 0\nRETURN EVEN(N - 1)\nEND FUNCTION\n> EVEN(10)\n> EVEN(7)\n";
    prints(source, &["-1", "0"]);
    let deep = "FUNCTION SUM N\nIF N = 0 THEN RETURN 0\nRETURN N + SUM(N - 1)\nEND FUNCTION\n> SUM(500)\n";
    prints(deep, &["125250"]);
    prints(
        "FUNCTION REP$ N\nIF N = 0 THEN RETURN \"\"\nRETURN REP$(N - 1) + STR$(N)\nEND FUNCTION\n> REP$(5)\n",
        &["12345"],
    );
}

#[test]
fn bye_and_break_end() {
    prints("> 1\nBYE\n> 2\n", &["1"]);
    prints("> 1\nRETURN\n> 2\n", &["1"]);
    prints("SUB F\nFOR I = 1 TO 9\nBREAK\nNEXT\nEND SUB\nF\n> I\n", &["1"]);
    // From inside of a SUB, in the midst of a statement: nothing of the rest is done.
    prints("SUB F N\nIF N = 1 THEN BYE\nRETURN 5\nEND SUB\n> F(0)\n> F(1) + 1\n> 3\n", &["5"]);
    prints("SUB G N\n> N\nEND SUB\nSUB F\nBYE\nEND SUB\nG F()\n> 3\n", &[]);
    prints("SUB F\nBYE\nEND SUB\nDO WHILE F() = 0\n> 1\nLOOP\n> 2\n", &[]);
}

#[test]
fn constants_keep_their_value() {
    prints("CONST PI = 3.14159\n> PI\n", &["3.14159"]);
    prints(
        "CONST A = 2 + 3\nCONST B$ = \"x\"\nCONST C = A * 2\n> A\nPRINTS B$ + \"y\"\n> C\n",
        &["5", "xy", "10"],
    );
    // One whose value is not known before the program runs.
    prints("CONST T = TIMESTAMP(1) + 1\n> T\nCONST U$ = CHR$(65)\nPRINTS U$\n", &["1", "A"]);
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
fn division_by_zero_is_a_fault() {
    assert_eq!(fault("A = 0\n\n> 5 / A\n"), "Division, line 3");
    assert_eq!(fault("> 5 MOD 0\n"), "Division, line 1");
    prints("A = -2147483648\nB = -1\n> A / B\n> A MOD B\n", &["-2147483648", "0"]);
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
fn numeric_functions() {
    prints(
        "> ABS(-5)\n> ABS(-2.5)\n> SGN(-0.5)\n> SGN(0)\n> INT(-2.7)\n> FLOAT(3) / 2\n",
        &["5", "2.5", "-1", "0", "-2", "1.5"],
    );
    prints(
        "> LIMIT(5, 1, 3)\n> LIMIT(-5, 1, 3)\n> LIMIT(2.5, 1, 3)\n> LIMIT256(300)\n> LIMIT256(-1)\n",
        &["3", "1", "2.5", "255", "0"],
    );
    prints("> SCALE(5, 0, 10, 100, 200)\n> SCALE(0.25, 0, 1, 0, 8)\n", &["150", "2"]);
    prints("> SIN256(0)\n> SIN256(64)\n> SIN256(192)\n> RANDOM(10, 20)\n", &["128", "255", "1", "15"]);
    prints(
        "> SQRT(16)\n> FLOOR(-1.5)\n> CEIL(1.2)\n> FMOD(7.5, 2)\n> POW(2, 10)\n> SIN(0) + COS(0)\n",
        &["4", "-2", "2", "1.5", "1024", "1"],
    );
    assert_eq!(fault("> SCALE(1, 3, 3, 0, 1)\n"), "Division, line 1");
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
fn lights_time_and_parameters() {
    let source = "
        S = SETLEDCOL(300, -1, 8)
        DIM R(6), G(3), B(6)
        R(1) = 256
        G(3) = 5
        SETLEDRGB(R, G, B)
        USEGAMMA 1
        WAIT(500)
        > TIMESTAMP(100)
        > TIMESTAMP&()
        > GETMAXLED()
        > GETPARAM(3)
        > WAITFOR(4, 0, 8, 2, 0)
        > TIMESTAMP()
        > WAITFOR(6, 1, 2, 3, 4)
        > WAITFOR(5, 0, 4, 0, 9)
    ";
    let mut running = Running::new(source).unwrap();
    running.host.parameters[3] = -7;
    running.call("setup", &[]).unwrap();
    assert_eq!(running.host.printed, "5\n500\n4\n-7\n1\n2500\n1\n0\n");
    let log = [
        "led_fill 1 255 0 8",
        "led_show",
        "led_set_pixel 1 0 255 0 0",
        "led_set_pixel 1 1 0 0 0",
        "led_set_pixel 1 2 0 5 0",
        "led_show",
        "led_set_gamma 1",
        "delay_ms 500",
        "delay_ms 2000",
    ];
    assert_eq!(running.host.log, log);
}

#[test]
fn sensors_are_integers_without_the_suffix() {
    prints("> TEMP()\n> TEMP#()\n> GPSALT()\n> GPSALT#()\n", &["225", "22.5", "123", "123.75"]);
    // A variable may have the name of a function.
    prints("TEMP = 5\n> TEMP\n> TEMP()\n", &["5", "225"]);
}

#[test]
fn an_effect_works_on_blocks() {
    let source = "GAIN# = 0.5\nSUB PROCESS(FRAMES)\nFOR I = 0 TO FRAMES - 1\nSETAUDIO 0, I, AUDIO#(0, I) * GAIN#\n\
                  SETAUDIO 1, I, AUDIO#(1, I) + FLOAT(SAMPLERATE()) / 48000.0\nNEXT\nEND SUB\n";
    let mut running = Running::new(source).unwrap();
    running.host.audio = [vec![1.0, -0.5], vec![0.25, 0.0]];
    running.call("setup", &[]).unwrap();
    running.call("process", &[sostenuto_vm::Value::I32(2)]).unwrap();
    assert_eq!(running.host.audio, [vec![0.5, -0.25], vec![1.25, 1.0]]);
    let source = "N = 5\nSUB LOOP\nN = N + 1\n> N\nIF N = 7 THEN BYE\nEND SUB\n";
    let mut running = Running::new(source).unwrap();
    for name in ["setup", "loop", "loop", "loop"] {
        running.call(name, &[]).unwrap();
    }
    assert_eq!(running.host.printed, "6\n7\n");
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

#[test]
fn only_what_is_used_is_imported() {
    let running = Running::new("> 1 + X\nX = 2\n").unwrap();
    let module = sostenuto_vm::Module::new(&running.patch.wasm).unwrap();
    let imports: Vec<_> =
        module.imports().map(|import| (import.module.to_owned(), import.name.to_owned())).collect();
    assert_eq!(imports, [("env".to_owned(), "print_i32".to_owned())]);
}
