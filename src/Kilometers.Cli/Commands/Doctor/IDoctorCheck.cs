using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>One question that <c>km doctor</c> asks of the machine. It leaves nothing behind.</summary>
internal interface IDoctorCheck
{
    /// <summary>One or two words.</summary>
    string Name { get; }

    /// <summary>What must be usable before this can be checked.</summary>
    Prerequisites Needs { get; }

    /// <returns>At least one finding.</returns>
    /// <exception cref="KmException">The question cannot be answered; that is the finding then.</exception>
    Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken);
}

/// <summary>What checks build on. Where it is missing, one check says so, and the others are not asked.</summary>
[Flags]
internal enum Prerequisites
{
    None = 0,

    /// <summary>The directory for km's files.</summary>
    Home = 1,

    /// <summary>The user's settings, each with a value in its range.</summary>
    Settings = 2,
}
