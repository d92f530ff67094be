namespace Integrations;

/// <summary>A message with structure, in neutral terms; each chat platform renders it its own way.</summary>
public sealed record Card(string Title, string? Text = null)
{
    public CardPriority Priority { get; init; } = CardPriority.Card;
    public IReadOnlyList<CardField> Fields { get; init; } = [];
    public IReadOnlyList<CardButton> Buttons { get; init; } = [];
    public IReadOnlyList<CardMenu> Menus { get; init; } = [];

    /// <summary>Where all of it can be seen; null: nowhere else.</summary>
    public string? Link { get; init; }

    /// <summary>The room that it is about, by the id of the platform that shows it, for who reads it elsewhere; null: none, or none yet.</summary>
    public string? Room { get; init; }

    /// <summary>What a machine wrote, shown as it is; null: nothing. Where there is no room for all of it, its end says most.</summary>
    public string? Code { get; init; }

    /// <summary>
    /// All of what the buttons decide about, shown as it is; null: the text says it. Where there is no room for all of it, its beginning is
    /// shown with how much is left out.
    /// </summary>
    public string? Whole { get; init; }
}

/// <summary>What may not starve when a platform limits how often it can be written to; the first goes first.</summary>
public enum CardPriority
{
    Page,
    Decision,
    State,
    Card,
    Progress,
}

public sealed record CardField(string Name, string Value);

/// <param name="Command">The typed command that is its twin, as <c>/incident ack</c>: pressing sends exactly that.</param>
/// <param name="Form">Asked before the command is sent, also where the command could do without; answers are appended to it.</param>
public sealed record CardButton(string Label, string Command, ButtonStyle Style = ButtonStyle.Plain, Form? Form = null)
{
    /// <summary>What is asked once more before the press counts; null: of one that is no danger nothing is, nor of one with a form.</summary>
    public string? Confirm { get; init; }
}

/// <summary>One of several commands, chosen from a list.</summary>
/// <param name="Current">The label of what holds now; null: none of them.</param>
public sealed record CardMenu(string Label, IReadOnlyList<CardChoice> Choices, string? Current = null);

/// <param name="Command">As a button's: choosing sends exactly that.</param>
public sealed record CardChoice(string Label, string Command);

public enum ButtonStyle
{
    Plain,
    Primary,
    Danger,
}

/// <summary>Typed questions, shown as a modal or an HTML form.</summary>
/// <param name="Command">Sent with the answers: <c>/incident declare</c> becomes <c>/incident declare Title --severity sev2</c>.</param>
public sealed record Form(string Title, string Command, string SubmitLabel, IReadOnlyList<FormField> Fields)
{
    /// <summary>What it is about, above its questions; null: its title says it.</summary>
    public string? About { get; init; }

    /// <summary>None of its fields is required, but one of them must be answered.</summary>
    public bool NeedsOne { get; init; }
}

/// <param name="Name">The option's name (<c>--NAME value</c>); the one field without a leading <c>--</c> in a command is <see cref="Positional"/>.</param>
public sealed record FormField(string Name, string Label, FormFieldKind Kind)
{
    public bool Positional { get; init; }
    public bool Required { get; init; }
    public string? Default { get; init; }
    public string? Hint { get; init; }
    public IReadOnlyList<string> Choices { get; init; } = [];
}

public enum FormFieldKind
{
    Text,
    LongText,
    Choice,
    Flag,
    Number,
    Time,
    Person,

    /// <summary>A group of people, by its name.</summary>
    Group,

    /// <summary>An open incident, by its id or title.</summary>
    Incident,
}
