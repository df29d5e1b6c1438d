/* A vector table and a reset handler that keeps what a test declares. */
extern unsigned _estack;
int main(void);
void Reset_Handler(void) { main(); for (;;) ; }
__attribute__((section(".isr_vector"), used)) void *const vectors[2] = { &_estack, (void *)Reset_Handler };
#define IN(name) __attribute__((section(name)))
#define KEEP(value) __asm__ volatile("" : : "r"(value) : "memory")
