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
    // Values are worked out in their order, also where a SUB may end the program.
    prints(
        "SUB F\nIF N > 9 THEN BYE\nN = N + 1\nA$ = STR$(N)\nRETURN 7\nEND SUB\nA$ = \"x\"\nFORMAT \"$ % $ %\", A$, F(), A$, N\n",
        &["x 7 1 1"],
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
    // There is nothing after the largest integer, nor below the least.
    prints("FOR I = 2147483646 TO 2147483647\n> I\nNEXT\n", &["2147483646", "2147483647"]);
    prints("FOR I = 1 TO 2147483647 STEP 2000000000\n> I\nNEXT\n", &["1", "2000000001"]);
    prints(
        "N = -2147483647\nS = -1\nFOR I = N TO N - 1 STEP S\n> I\nNEXT\n",
        &["-2147483647", "-2147483648"],
    );
    prints("FOR L& = 9223372036854775806 TO 9223372036854775807\nK = K + 1\nNEXT\n> K\n", &["2"]);
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
fn division_by_zero_is_a_fault() {
    assert_eq!(fault("A = 0\n\n> 5 / A\n"), "Division, line 3");
    assert_eq!(fault("> 5 MOD 0\n"), "Division, line 1");
    prints("A = -2147483648\nB = -1\n> A / B\n> A MOD B\n", &["-2147483648", "0"]);
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
fn only_what_is_used_is_imported() {
    let running = Running::new("> 1 + X\nX = 2\n").unwrap();
    let module = sostenuto_vm::Module::new(&running.patch.wasm).unwrap();
    let imports: Vec<_> =
        module.imports().map(|import| (import.module.to_owned(), import.name.to_owned())).collect();
    assert_eq!(imports, [("env".to_owned(), "print_i32".to_owned())]);
}
