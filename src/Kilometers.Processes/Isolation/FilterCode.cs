using System.Runtime.InteropServices;

namespace Kilometers.Processes.Isolation;

/// <summary>One instruction of the kernel's filter machine (classic BPF).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

/// <summary>
/// Writes a filter, from its first instruction to its last. The machine has one register; every condition is followed by what it decides,
/// so that no jump is longer than a few instructions.
/// </summary>
internal sealed class FilterCode
{
    private const ushort LoadWord = 0x20;
    private const ushort MaskWith = 0x54;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAbove = 0x25;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort End = 0x06;
    private const uint ArgumentsAt = 16;
    private readonly List<Instruction> _code = [];

    public Instruction[] ToArray() => [.. _code];

    public void Load(uint offset) => _code.Add(new(LoadWord, 0, 0, offset));

    public void Return(uint verdict) => _code.Add(new(End, 0, 0, verdict));

    /// <summary>Decides if the register is a number; a negative one is none.</summary>
    public void If(int number, uint verdict)
    {
        if (number >= 0) Branch(JumpIfEqual, (uint)number, onTrue: true, verdict);
    }

    public void Unless(uint value, uint verdict) => Branch(JumpIfEqual, value, onTrue: false, verdict);

    public void IfAbove(uint value, uint verdict) => Branch(JumpIfAbove, value, onTrue: true, verdict);

    public void IfAnyBit(uint bits, uint verdict) => Branch(JumpIfAnyBit, bits, onTrue: true, verdict);

    public void UnlessAnyBit(uint bits, uint verdict) => Branch(JumpIfAnyBit, bits, onTrue: false, verdict);

    public void UnlessEither(uint one, uint other, uint verdict)
    {
        _code.Add(new(JumpIfEqual, 2, 0, one));
        _code.Add(new(JumpIfEqual, 1, 0, other));
        Return(verdict);
    }

    /// <summary>Loses what is in the register.</summary>
    public void UnlessMasked(uint mask, uint value, uint verdict)
    {
        _code.Add(new(MaskWith, 0, 0, mask));
        Unless(value, verdict);
    }

    public void Arguments(int call, Action<FilterCode> decide) => Arguments(call, 0, decide);

    /// <summary>For one call only: looks at its arguments; what is not decided then is allowed.</summary>
    /// <param name="call">Its number; a negative one is none.</param>
    /// <param name="index">The argument that is in the register first, its lower 32 bits: all that the kernel looks at for numbers of processes, flags and commands.</param>
    /// <param name="decide">What to decide.</param>
    public void Arguments(int call, int index, Action<FilterCode> decide)
    {
        if (call < 0) return;
        var inner = new FilterCode();
        inner.Load(ArgumentsAt + (8 * (uint)index));
        decide(inner);
        inner.Return(0x7fff0000);
        _code.Add(new(JumpIfEqual, 0, checked((byte)inner._code.Count), (uint)call));
        _code.AddRange(inner._code);
    }

    private void Branch(ushort jump, uint value, bool onTrue, uint verdict)
    {
        _code.Add(new(jump, (byte)(onTrue ? 0 : 1), (byte)(onTrue ? 1 : 0), value));
        Return(verdict);
    }
}
