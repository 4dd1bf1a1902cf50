// Finds and reads RSDP, RSDT or XSDT, MADT, FADT, and one name in the DSDT (ACPI Specification, "ACPI Software
// Programming Model"). Everything is read through boot_window, one table at a time, and checked before it is believed.

#include "arch/acpi.h"

#include "arch/multiboot.h"
#include "arch/report.h"
#include "lib/string.h"

namespace faultline {

namespace {

struct [[gnu::packed]] Rsdp {
    char signature[8];
    u8 checksum;
    char oem[6];
    u8 revision;
    u32 rsdt;
    u32 length;
    u64 xsdt;
};
constexpr u32 kRsdpSizeV1 = 20;

struct [[gnu::packed]] Header {
    char signature[4];
    u32 length;
    u8 revision, checksum;
    char oem[6], oem_table[8];
    u32 oem_revision, creator, creator_revision;
};
static_assert(sizeof(Header) == 36);

struct [[gnu::packed]] Madt {
    Header header;
    u32 local_apic;
    u32 flags;
};

struct [[gnu::packed]] Fadt {
    Header header;
    u32 facs, dsdt;
    u8 reserved0, profile;
    u16 sci;
    u32 smi_command;
    u8 acpi_enable, acpi_disable, s4bios, pstate;
    u32 pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
    u8 lengths[8];
    u16 latencies[2];
    u16 flush_size, flush_stride;
    u8 duty_offset, duty_width, day_alarm, month_alarm, century;
    u16 boot_flags;
    u8 reserved1;
    u32 flags;
    u8 reset_space, reset_width, reset_offset, reset_access;
    u64 reset_address;
    u8 reset_value;
};
static_assert(sizeof(Fadt) == 129);

constexpr u32 kResetSupported = 1u << 10;  // in Fadt::flags
constexpr u8 kIoSpace = 1;
constexpr u32 kMaxTables = 64;

AcpiFacts facts;

bool sums_to_zero(const u8* bytes, u32 size)
{
    u8 sum = 0;
    for (u32 i = 0; i < size; i++)
        sum = static_cast<u8>(sum + bytes[i]);
    return sum == 0;
}

bool is_rsdp(const u8* at)
{
    return memcmp(at, "RSD PTR ", 8) == 0 && sums_to_zero(at, kRsdpSizeV1);
}

const Rsdp* find_rsdp_in(u32 begin, u32 size)
{
    const u8* bytes = static_cast<const u8*>(boot_window(PhysAddr{begin}));
    for (u32 offset = 0; offset + kRsdpSizeV1 <= size; offset += 16)
        if (is_rsdp(bytes + offset)) return reinterpret_cast<const Rsdp*>(bytes + offset);
    return nullptr;
}

const Rsdp* find_rsdp()
{
    u16 ebda_segment;
    memcpy(&ebda_segment, boot_window(PhysAddr{0x40E}), sizeof(ebda_segment));
    const u32 ebda = u32{ebda_segment} << 4;
    if (ebda >= 0x80000 && ebda < 0xA0000)
        if (const Rsdp* rsdp = find_rsdp_in(ebda, kKiB)) return rsdp;
    return find_rsdp_in(0xE0000, 0x20000);
}

// A whole and valid table, or null. It stays visible until the next call.
const Header* find_table(u32 physical)
{
    const auto* header = static_cast<const Header*>(boot_window(PhysAddr{physical}));
    if (header->length < sizeof(Header) || header->length > 4 * kMiB) return nullptr;
    return sums_to_zero(reinterpret_cast<const u8*>(header), header->length) ? header : nullptr;
}

bool has_name(const Header* table, const char* name)
{
    return memcmp(table->signature, name, 4) == 0;
}

void note_cpu(const u8* entry)
{
    constexpr u32 kEnabled = 1;
    u32 flags;
    memcpy(&flags, entry + 4, sizeof(flags));
    if (!(flags & kEnabled)) return;
    if (facts.cpu_count == kMaxCpus)
        facts.cpus_left_out++;
    else
        facts.apic_ids[facts.cpu_count++] = entry[3];
}

void note_io_apic(const u8* entry)
{
    if (facts.io_apic_count == sizeof(facts.io_apics) / sizeof(facts.io_apics[0])) return;
    u32 words[2];
    memcpy(words, entry + 4, sizeof(words));
    facts.io_apics[facts.io_apic_count++] = {PhysAddr{words[0]}, words[1]};
}

void note_override(const u8* entry)
{
    if (facts.override_count == sizeof(facts.overrides) / sizeof(facts.overrides[0])) return;
    u32 gsi;
    u16 flags;
    memcpy(&gsi, entry + 4, sizeof(gsi));
    memcpy(&flags, entry + 8, sizeof(flags));
    facts.overrides[facts.override_count++] = {entry[3], gsi, (flags & 3) == 3, (flags >> 2 & 3) == 3};
}

void read_madt(const Header* table)
{
    enum : u8 { kLocalApic = 0, kIoApic = 1, kOverride = 2, kLocalApicAddress = 5 };
    facts.cpu_count = 0;
    facts.local_apic = PhysAddr{reinterpret_cast<const Madt*>(table)->local_apic};
    const u8* const bytes = reinterpret_cast<const u8*>(table);
    for (u32 offset = sizeof(Madt); offset + 2 <= table->length;) {
        const u8* entry = bytes + offset;
        const u32 size = entry[1];
        if (size < 2 || offset + size > table->length) break;
        if (entry[0] == kLocalApic && size >= 8) note_cpu(entry);
        if (entry[0] == kIoApic && size >= 12) note_io_apic(entry);
        if (entry[0] == kOverride && size >= 10) note_override(entry);
        if (entry[0] == kLocalApicAddress && size >= 12) {
            u32 address;
            memcpy(&address, entry + 4, sizeof(address));
            facts.local_apic = PhysAddr{address};
        }
        offset += size;
    }
    if (facts.cpu_count == 0) facts.cpu_count = 1;
}

// An integer of AML: ZeroOp, OneOp or BytePrefix. Moves `at` behind it.
u32 aml_integer(const u8*& at)
{
    constexpr u8 kBytePrefix = 0x0A;
    if (*at == kBytePrefix) at++;
    return *at++;
}

// Name(\_S5_, Package(){SLP_TYPa, SLP_TYPb, ...}): found by its bytes, without an interpreter.
void read_sleep_type(const Header* dsdt)
{
    constexpr u8 kPackage = 0x12;
    const u8* bytes = reinterpret_cast<const u8*>(dsdt);
    for (u32 i = sizeof(Header); i + 16 < dsdt->length; i++) {
        if (memcmp(bytes + i, "_S5_", 4) != 0 || bytes[i + 4] != kPackage) continue;
        const u8* at = bytes + i + 5;
        at += (*at >> 6) + 1;  // the package's length: one byte, and as many more as its two high bits say
        at++;                  // number of elements
        const u32 a = aml_integer(at);
        const u32 b = aml_integer(at);
        facts.sleep_type_s5 = static_cast<u16>((a & 7) | (b & 7) << 8);
        return;
    }
}

void read_fadt(const Header* table)
{
    Fadt fadt{};
    memcpy(&fadt, table, table->length < sizeof(fadt) ? table->length : sizeof(fadt));
    facts.pm_timer_port = static_cast<u16>(fadt.pm_timer);
    facts.pm1a_control_port = static_cast<u16>(fadt.pm1a_control);
    facts.pm1b_control_port = static_cast<u16>(fadt.pm1b_control);
    facts.smi_command_port = static_cast<u16>(fadt.smi_command);
    facts.acpi_enable_value = fadt.acpi_enable;
    facts.century_register = fadt.century;
    if ((fadt.flags & kResetSupported) && fadt.reset_space == kIoSpace) {
        facts.reset_port = static_cast<u16>(fadt.reset_address);
        facts.reset_value = fadt.reset_value;
    }
    const Header* dsdt = find_table(fadt.dsdt);
    if (dsdt && has_name(dsdt, "DSDT")) read_sleep_type(dsdt);
}

// The addresses of all tables, copied: reading a table moves the window.
u32 list_tables(u32 root, u32 entry_size, u32 (&tables)[kMaxTables])
{
    const Header* header = find_table(root);
    if (!header) return 0;
    const u8* entry = reinterpret_cast<const u8*>(header) + sizeof(Header);
    u32 count = (header->length - static_cast<u32>(sizeof(Header))) / entry_size;
    if (count > kMaxTables) count = kMaxTables;
    for (u32 i = 0; i < count; i++) {
        u64 address = 0;
        memcpy(&address, entry + i * entry_size, entry_size);
        tables[i] = address >> 32 ? 0 : static_cast<u32>(address);
    }
    return count;
}

}  // namespace

void acpi_init()
{
    const Rsdp* rsdp = find_rsdp();
    if (!rsdp) {
        log_warn("no ACPI tables: one CPU, no IO APIC");
        return;
    }
    facts.found = true;
    const bool has_xsdt = rsdp->revision >= 2 && rsdp->xsdt != 0 && rsdp->xsdt >> 32 == 0;
    u32 tables[kMaxTables];
    const u32 count =
        has_xsdt ? list_tables(static_cast<u32>(rsdp->xsdt), 8, tables) : list_tables(rsdp->rsdt, 4, tables);
    for (u32 i = 0; i < count; i++) {
        const Header* table = tables[i] ? find_table(tables[i]) : nullptr;
        if (!table) continue;
        if (has_name(table, "APIC"))
            read_madt(table);
        else if (has_name(table, "FACP"))
            read_fadt(table);
    }
    if (facts.cpus_left_out != 0)
        log_warn("%u CPUs left out: Faultline uses %u at most", facts.cpus_left_out, kMaxCpus);
}

const AcpiFacts& acpi()
{
    return facts;
}

}  // namespace faultline
