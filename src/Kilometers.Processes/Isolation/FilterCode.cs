using System.Runtime.InteropServices;

namespace Kilometers.Processes.Isolation;

/// <summary>One instruction of the kernel's filter machine (classic BPF).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

/// <summary>
/// Writes a filter, from its first instruction to its last. The machine has one register; every condition is followed by its verdict, so
/// that no jump is longer than one call's checks.
/// </summary>
internal sealed class FilterCode
{
    private const ushort LoadWord = 0x20;
    private const ushort MaskWith = 0x54;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort End = 0x06;
    private const uint ArgumentsAt = 16;
    private readonly List<Instruction> _code = [];

    public Instruction[] ToArray() => [.. _code];

    public void Load(uint offset) => _code.Add(new(LoadWord, 0, 0, offset));

    /// <summary>Loads the lower 32 bits of an argument: all that the kernel takes for numbers of processes, flags and commands.</summary>
    public void LoadArgument(int index) => Load(ArgumentsAt + (8 * (uint)index));

    /// <summary>Loads the upper 32 bits of an argument.</summary>
    public void LoadArgumentTop(int index) => Load(ArgumentsAt + (8 * (uint)index) + 4);

    public void Return(uint verdict) => _code.Add(new(End, 0, 0, verdict));

    public void If(uint value, uint verdict) => Branch(JumpIfEqual, value, onTrue: true, verdict);

    public void Unless(uint value, uint verdict) => Branch(JumpIfEqual, value, onTrue: false, verdict);

    public void IfAtLeast(uint value, uint verdict) => Branch(JumpIfAtLeast, value, onTrue: true, verdict);

    public void IfAnyBit(uint bits, uint verdict) => Branch(JumpIfAnyBit, bits, onTrue: true, verdict);

    public void UnlessAnyBit(uint bits, uint verdict) => Branch(JumpIfAnyBit, bits, onTrue: false, verdict);

    /// <summary>Loses what is in the register.</summary>
    public void UnlessMasked(uint mask, uint value, uint verdict)
    {
        _code.Add(new(MaskWith, 0, 0, mask));
        Unless(value, verdict);
    }

    /// <summary>For one call only, whose number is in the register.</summary>
    /// <param name="call">Its number.</param>
    /// <param name="decide">Writes what to do with it; must end with a verdict whatever the arguments are.</param>
    public void Call(int call, Action<FilterCode> decide)
    {
        var inner = new FilterCode();
        decide(inner);
        _code.Add(new(JumpIfEqual, 0, checked((byte)inner._code.Count), (uint)call));
        _code.AddRange(inner._code);
    }

    private void Branch(ushort jump, uint value, bool onTrue, uint verdict)
    {
        _code.Add(new(jump, (byte)(onTrue ? 0 : 1), (byte)(onTrue ? 1 : 0), value));
        Return(verdict);
    }
}
