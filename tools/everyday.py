"""Words so common in talk that they name nothing by themselves.

A title made only of these ("It", "Up", "Big") is believed in a sentence when the context supports it; a
surname among them is never taken for a person. English, like the rest of the dialogue.
"""

from __future__ import annotations

_FUNCTION = """
a about above after again against all almost alone along already also although always am among an and
another any anybody anyone anything are around as ask at away back be because been before behind being below
best better between both but by can cannot cant come comes could did didnt do does doesnt doing done dont
down during each eight either eleven else enough even ever every everybody everyone everything except far
few first five for four from full further get gets getting give given go goes going gone good got had half
has hasnt have havent having he her here hers herself hey hi high him himself his how however hundred i if
ill im in inside instead into is isnt it its itself ive just keep kind last later least less let lets like
little long lot lots low made make makes many may maybe me mean might mine more most much must my myself
near nearly need needs neither never new next nine no nobody none nor not nothing now of off often ok okay
old on once one ones only onto or other others our ours out outside over own part perhaps please plenty
quite rather really right same second see seem seems seven several shall she should show shows side since
six small so some somebody someone something sometimes somewhere soon sort still such sure take takes ten
than thank thanks that thats the their them then there theres these they thing things third this those
though thousand three through till time times to today together told tomorrow tonight too toward towards
twelve twenty two under unless until up upon us use used very want wanted wants was wasnt way we well went
were what whatever whats when where whether which while who whole whom whose why will with within without
wont would yes yesterday yet you your yours yourself zero
"""
_TALK = """
absolutely action actually adore adored adult alive amazing angry animal answer anytime anyway apart app art
awesome awful bad beautiful become began begin believe big bit black blue book books bored boring boy boys
break bright bring brother buy call called calm care case cause change cheap check cheerful child children
choose city classic clear clever close cold color colour complete cool cosy country couple cozy crazy cry
cute dad dark daughter day days dead deal deep depressing different difficult direct dislike disliked
disturbing dream drop dull dumb early easy end ending english enjoy enjoyed entertaining epic equal era
especially evening everyday exactly exciting extra face fact fair family famous fan fancy fast father
favorite favorites favourite favourites fear feel feeling feels felt female film films find fine finish
finished fit flat fresh friend friends front fun funny future game games gentle girl girls glad gory grandma
great green gritty group grow guess guy guys hand happen happened happy hard hate hated haunting head hear
heard heart heartwarming heavy hell hello help hero highly hilarious hint history hit hold home hope
horrible hot hour hours house huge human husband idea ignore image important impossible insane intense
interested interesting item items job joke keen kid kids know known large late laugh lead leave left length
life light liked likes line list listen literally live lives living local lonely longer look looking looks
lose love loved lovely loves luck mad main male man mark matter meet men mess middle mind minute minutes
miss missed mom moment money month mood morning mother mouth move moving mum music name names nap newer nice
night nope normal note number object obvious odd offer older open opposite option order original outstanding
pace pass past pay pls plz people perfect person pick picks picture place plain plan play played playing point
pop popular positive possible power prefer pretty problem promise pure put question quick quickly quiet quit
random rated rating read ready real recent recently recommend recommendation recommendations red relaxing
remember reset rest rewatch ridiculous romantic rough run sad safe save saw say says scary scenes school
score scores sea seeing seen sense sensible series serious set sex shit short shorter sick sign silly
similar simple sister sit sky sleep slow slower smart smooth soft solid son song soul sound sounds space
special spooky spot start stay stop story strange strong stuff stupid style suggest suggestion suggestions
summer sweet talk tell tense tension terrible test think thought thoughtful thrilling tired title titles top
total touch touching tough town tried true trust try turn twist twists type unusual upbeat upset usual
violent wait walk watch watched watching water weekend weird white wife wild winter wish wittier witty woman
women wonder wonderful word words work world worse worst worth wow wrong yeah year years yep young younger
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""Words that carry grammar, not content."""
EVERYDAY = FUNCTION_WORDS | frozenset(_TALK.split())
